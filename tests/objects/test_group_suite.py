"""Every form of storage passes the shipped suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from propstore.objects.groups import JSONStorage, MemoryGroupStorage, NetCDFStorage
from propstore.testing import GroupSuite


class TestMemory(GroupSuite):
    @pytest.fixture
    def storage(self) -> MemoryGroupStorage:
        return MemoryGroupStorage()


class TestJSON(GroupSuite):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> JSONStorage:
        return JSONStorage(tmp_path / "groups.json")


class TestNetCDF(GroupSuite):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> NetCDFStorage:
        return NetCDFStorage(tmp_path / "groups.nc")


class TestNetCDFWithoutCompression(GroupSuite):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> NetCDFStorage:
        return NetCDFStorage(tmp_path / "groups.nc", compression=None)
