"""The chart of the demonstration."""

from __future__ import annotations

from propstore.cli.chart import HEIGHT, WIDTH, chart


def plotted(points: list[tuple[float, float]]) -> list[str]:
    """Give the rows inside the frame."""
    return [line[10:].ljust(WIDTH) for line in chart(points, "x", "y").splitlines()[1 : HEIGHT + 1]]


def test_the_ends_of_a_falling_line_lie_in_opposite_corners() -> None:
    rows = plotted([(300.0, 2.0), (350.0, 1.0)])
    assert rows[0].rstrip() == "*"
    assert rows[-1] == " " * (WIDTH - 1) + "*"
    assert sum(row.count("*") for row in rows) == 2


def test_the_middle_lies_in_the_middle() -> None:
    rows = plotted([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)])
    assert rows[HEIGHT // 2].index("*") == WIDTH // 2


def test_the_axes_are_labelled_with_their_ends_and_titles() -> None:
    lines = chart([(200.0, 869.5), (350.0, 738.0)], "temperature (K)", "density").splitlines()
    assert lines[0] == "  density"
    assert lines[1].startswith("   869.5 +")
    assert lines[HEIGHT].startswith("     738 +")
    assert lines[-2].split() == ["200", "275", "350"]
    assert lines[-1].strip() == "temperature (K)"
    assert max(map(len, lines)) <= 80
