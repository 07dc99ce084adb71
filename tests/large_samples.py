"""Records with large fields, which several tests use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import propstore as ps

POSITIONS = np.arange(300.0).reshape(10, 10, 3)


class Trajectory(ps.HashableStoredData, type_name="tests.trajectory@v1"):
    label: str = "run"
    positions: ps.Large[np.ndarray]
    notes: ps.Large[str] | None = None


class Samples(ps.ReplaceableData, type_name="tests.samples@v1"):
    identity_fields = ("label",)

    label: str = "samples"
    energies: ps.Large[np.ndarray]

    @classmethod
    def most_information(cls, stored: Samples, candidate: Samples) -> Samples:
        return candidate if len(candidate.energies) > len(stored.energies) else stored


class Everything(ps.StoredData, type_name="tests.everything@v1"):
    array: ps.Large[np.ndarray]
    table: ps.Large[pd.DataFrame]
    arrow: ps.Large[pa.Table]
    data: ps.Large[bytes]
    text: ps.Large[str]
    numbers: ps.Large[list[float]]
    mapping: ps.Large[dict[str, Any]]
    anything: ps.Large[Any]


def trajectory(positions: np.ndarray = POSITIONS, **fields: Any) -> Trajectory:
    return Trajectory(positions=positions, **fields)


def everything() -> Everything:
    return Everything(
        array=np.linspace(0, 1, 7),
        table=pd.DataFrame({"temperature": [290.0, 300.0], "phase": ["liquid", "gas"]}),
        arrow=pa.table({"frame": [1, 2, 3]}),
        data=bytes(range(256)),
        text="Dichte\n",
        numbers=[1.0, 2.5],
        mapping={"a": {"b": [1, None, True]}},
        anything=np.array(["x", "y"]),
    )
