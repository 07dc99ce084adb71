"""The fixtures that propstore gives to the tests of others."""

from __future__ import annotations

import configparser
import importlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TESTS = """
import sys
from pathlib import Path

import pytest


def test_loading_the_plugin_does_not_import_the_package():
    assert "propstore" not in sys.modules


def test_a_store_is_given(propstore_store):
    from propstore.testing.samples import density

    assert propstore_store.store_object(density()) in propstore_store


def test_each_test_has_its_own(propstore_store, propstore_place):
    assert len(propstore_store) == 0
    assert propstore_store.root_directory == propstore_place


def test_what_is_unpacked_is_kept_out_of_the_users_cache(propstore_store, tmp_path):
    from propstore.testing.samples import box, box_files

    key = propstore_store.store_object(box(), box_files(tmp_path / "files"), ancillary="netcdf")
    path = Path(propstore_store.retrieve_object(key)[1])
    assert path.is_relative_to(tmp_path)


class TestElsewhere:
    @pytest.fixture(params=["memory:", "tinydb:store"])
    def propstore_place(self, request, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        return request.param

    def test_its_place_can_be_chosen(self, propstore_store):
        assert type(propstore_store).__name__ in ("MemoryStorage", "TinyDBStorage")
"""


def test_the_fixtures_do_what_they_say(tmp_path):
    (tmp_path / "test_fixtures.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PROPSTORE_CACHE": str(tmp_path / "users"),
    }
    result = subprocess.run(
        [*command, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "6 passed" in result.stdout, result.stdout + result.stderr
    assert not (tmp_path / "users").exists()


def test_the_entry_point_names_the_plugin():
    configuration = configparser.ConfigParser()
    configuration.read(ROOT / "setup.cfg")
    name, _, module = configuration["options.entry_points"]["pytest11"].strip().partition(" = ")
    assert name == "propstore"
    assert configuration["options"]["py_modules"] == module
    assert hasattr(importlib.import_module(module), "propstore_store")
