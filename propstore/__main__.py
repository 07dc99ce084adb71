"""``python -m propstore``: the command ``propstore``."""

from propstore.cli import main

if __name__ == "__main__":
    main()
