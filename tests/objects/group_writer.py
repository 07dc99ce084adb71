"""A process that writes to a file of groups, and may be killed while it does."""

from __future__ import annotations

import sys

import numpy as np

from propstore.objects.groups import JSONStorage, NetCDFStorage


def main() -> None:
    form, filename, key, wish = sys.argv[1:]
    storage = (JSONStorage if form == "json" else NetCDFStorage)(filename)
    with storage as group:
        if wish == "hold":
            group["held"] = np.zeros(100_000)
            print("holding", flush=True)  # noqa: T201
            sys.stdin.read()
        group[key] = np.full(100_000, 7.0)


def rewrite_for_ever() -> None:
    form, filename = sys.argv[1:3]
    number = 1
    while True:
        with (JSONStorage if form == "json" else NetCDFStorage)(filename) as group:
            group["a"] = np.full(50_000, number)
            group["b"] = {"number": number, "values": [np.full(10, number)]}
        print(number, flush=True)  # noqa: T201
        number += 1


if __name__ == "__main__":
    rewrite_for_ever() if sys.argv[-1] == "rewrite" else main()
