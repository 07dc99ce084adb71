"""A chart of points, drawn with characters."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["chart"]

WIDTH, HEIGHT = 61, 13  # characters; odd, so that there is a middle
ROWS_TO_A_LABEL = 4


def chart(points: Sequence[tuple[float, float]], x_title: str, y_title: str) -> str:
    """Draw points in a frame with two axes.

    Parameters
    ----------
    points
        The points, as x and y; two at least, which differ in both.
    x_title, y_title
        What the axes are, with the unit.
    """
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_low, y_high = min(y for _, y in points), max(y for _, y in points)
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for x, y in points:
        column = round((x - x_low) / (x_high - x_low) * (WIDTH - 1))
        row = round((y_high - y) / (y_high - y_low) * (HEIGHT - 1))
        cells[row][column] = "*"
    lines = [f"  {y_title}"]
    for row, line in enumerate(cells):
        label = ""
        if row % ROWS_TO_A_LABEL == 0:
            label = f"{y_high - row / (HEIGHT - 1) * (y_high - y_low):.5g}"
        lines.append(f"{label:>8} {'+' if label else '|'}{''.join(line).rstrip()}")
    lines.append(f"{'':8} +{'-' * WIDTH}")
    labels = f"{x_low:<10.5g}{f'{(x_low + x_high) / 2:.5g}':^{WIDTH - 20}}{x_high:>10.5g}"
    lines += [f"{'':10}{labels}", f"{'':10}{x_title:^{WIDTH}}".rstrip()]
    return "\n".join(lines)
