"""The command ``propstore``."""

from propstore.cli.app import main

__all__ = ["main"]
