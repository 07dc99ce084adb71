"""Sizes of files, in words."""

from __future__ import annotations

__all__ = ["readable_size"]


def readable_size(size: int) -> str:
    """Give a number of bytes as a person reads it: ``"12.3 MB"``; 1 kB is 1,000 bytes."""
    if size < 1000:
        return f"{size} B"
    value = size / 1000
    for unit in ("kB", "MB", "GB"):
        if value < 999.95:
            return f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
