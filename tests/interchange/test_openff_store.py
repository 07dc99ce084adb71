"""A store of OpenFF Evaluator into a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import InterchangeError
from propstore.interchange import ImportReport, import_openff_store
from tests.interchange.interchange_files import OpenFFStore, force_field, quantity, simulation

FILES = {"output.pdb": b"ATOM\r\n\x00\xff"}


def contents(directory: Path | None) -> dict[str, bytes]:
    assert directory is not None
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_keys_are_kept_and_files_are_copied(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    files = {**FILES, "restart.xml": b""}
    openff_store.add("forcefield", force_field())
    openff_store.add("box1", simulation(), files)
    assert import_openff_store(store, openff_store.directory) == ImportReport(added=2)
    record, path = store.retrieve_object("box1", ps.StoredEquilibrationData)
    assert record is not None
    assert record.force_field_id == "forcefield"
    assert contents(path) == files
    assert contents(openff_store.directory / "box1") == files


def test_importing_twice_adds_nothing(store: ps.StorageBackend, openff_store: OpenFFStore) -> None:
    free_energy = simulation(
        "StoredFreeEnergyData",
        statistical_inefficiency=None,
        number_of_molecules=None,
        free_energy_difference=quantity(1.0, "kJ/mol"),
    )
    openff_store.add("forcefield", force_field())
    openff_store.add("box1", simulation(), FILES)
    openff_store.add("energy", free_energy, FILES)
    assert import_openff_store(store, openff_store.directory) == ImportReport(added=3)
    assert import_openff_store(store, openff_store.directory) == ImportReport(present=3)
    assert sorted(store.keys()) == ["box1", "energy", "forcefield"]


def test_force_fields_are_deduplicated_and_the_boxes_follow(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    known = store.store_object(
        ps.ForceFieldData(force_field_source=force_field()["force_field_source"]["inner_xml"])
    )
    openff_store.add("box1", simulation(force_field_id="forcefield"), FILES)
    openff_store.add("box2", simulation(force_field_id="again", number_of_molecules=2), FILES)
    openff_store.add("forcefield", force_field())
    openff_store.add("again", force_field())
    assert import_openff_store(store, openff_store.directory) == ImportReport(added=2, present=2)
    assert store.keys(ps.ForceFieldData) == [known]
    found = store.find(ps.StoredEquilibrationData, ps.field("force_field_id") == known)
    assert sorted(found.keys()) == ["box1", "box2"]


def test_two_equal_force_fields_of_one_store_are_kept_once(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("ff1", force_field())
    openff_store.add("ff2", force_field())
    openff_store.add("box1", simulation(force_field_id="ff2"), FILES)
    assert import_openff_store(store, openff_store.directory) == ImportReport(added=2, present=1)
    record, _ = store.retrieve_object("box1", ps.StoredEquilibrationData)
    assert record is not None
    assert record.force_field_id == "ff1"


def test_keys_without_a_document_or_without_their_directory_are_reported_by_name(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.list_key("StoredSimulationData", "gone")
    openff_store.add("nofiles", simulation())
    openff_store.add("box1", simulation(), FILES)
    report = import_openff_store(store, openff_store.directory)
    assert report == ImportReport(added=1, missing=("gone", "nofiles"))


def test_an_object_that_is_not_valid_is_rejected_and_the_others_are_imported(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("bad", simulation(property_phase=0), FILES)
    openff_store.add("cut", simulation(), FILES)
    (openff_store.directory / "cut.json").write_bytes(b'{"substance": {')
    openff_store.add("latin", simulation(), FILES)
    (openff_store.directory / "latin.json").write_bytes(b'{"name": "\xe9"}')
    openff_store.add("box1", simulation(), FILES)
    report = import_openff_store(store, openff_store.directory)
    assert (report.added, store.keys()) == (1, ["box1"])
    reasons = {rejection.where: rejection.reason for rejection in report.rejected}
    assert set(reasons) == {"bad", "cut", "latin"}
    assert reasons["bad"].startswith("0 is not a phase")
    assert reasons["cut"].startswith("it is not JSON")
    assert reasons["latin"].startswith("its document can't be read")


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/b", "", ".", 5, None, "UPPER"])
def test_a_key_that_is_none_is_rejected_and_not_followed(
    key: object, store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    text = json.dumps(force_field())
    for name in ("outside.json", "openff/UPPER.json"):
        (openff_store.directory.parent / name).write_text(text, encoding="utf-8")
    openff_store.list_key("ForceFieldData", key)
    report = import_openff_store(store, openff_store.directory)
    assert len(store) == 0
    assert [rejection.where for rejection in report.rejected] == [str(key)]
    assert "is not a key" in report.rejected[0].reason


def test_an_object_of_another_type_than_it_is_listed_as_is_rejected(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("forcefield", force_field())
    keys = openff_store.directory / "object_keys.json"
    keys.write_text(keys.read_text().replace("ForceFieldData", "StoredSimulationData"))
    (rejection,) = import_openff_store(store, openff_store.directory).rejected
    assert rejection.reason == "it is listed as StoredSimulationData and is a ForceFieldData"


def test_a_box_whose_directory_lacks_a_file_that_it_names_is_rejected(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("box1", simulation(), {"other.pdb": b""})
    (rejection,) = import_openff_store(store, openff_store.directory).rejected
    assert rejection.reason == "its directory has no output.pdb, which it names"


def test_files_that_lead_out_of_their_directory_are_not_stored(
    store: ps.StorageBackend, openff_store: OpenFFStore, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    openff_store.add("box1", simulation(), FILES)
    (openff_store.directory / "box1" / "link").symlink_to(tmp_path / "secret")
    (rejection,) = import_openff_store(store, openff_store.directory).rejected
    assert "leads out of" in rejection.reason
    assert len(store) == 0


def test_observables_in_the_document_are_stored_as_a_file_beside_the_others(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    frame = {"observables": {"Density": [1.0, 2.0]}}
    document = simulation("StoredSimulationData", observables=frame, max_number_of_molecules=300)
    openff_store.add("run", document, FILES)
    assert import_openff_store(store, openff_store.directory) == ImportReport(added=1)
    record, path = store.retrieve_object("run", ps.StoredSimulationData)
    assert record is not None
    assert record.tags == {"max_number_of_molecules": "300"}
    assert path is not None
    assert json.loads((path / str(record.observables_file_name)).read_text()) == frame
    assert (path / "output.pdb").read_bytes() == FILES["output.pdb"]
    assert contents(openff_store.directory / "run") == FILES


def test_a_file_that_has_the_name_of_one_to_be_added_is_not_overwritten(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    document = simulation("StoredSimulationData", observables=[])
    openff_store.add("run", document, {**FILES, "observables.json": b"mine"})
    (rejection,) = import_openff_store(store, openff_store.directory).rejected
    assert rejection.reason == "its directory already has observables.json"


@pytest.mark.parametrize(("inefficiency", "kept"), [(1.0, 1.0), (9.0, 1.5)])
def test_of_two_boxes_the_one_with_more_information_stays(
    inefficiency: float, kept: float, store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("box1", simulation(), {"output.pdb": b"first"})
    import_openff_store(store, openff_store.directory)
    document = simulation(statistical_inefficiency=inefficiency)
    openff_store.add("box2", document, {"output.pdb": b"second"})
    assert import_openff_store(store, openff_store.directory) == ImportReport(present=2)
    record, path = store.retrieve_object("box1", ps.StoredEquilibrationData)
    assert record is not None
    assert record.statistical_inefficiency == kept
    assert contents(path)["output.pdb"] == (b"second" if kept == 1.0 else b"first")


def test_a_key_that_another_record_has_is_rejected(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    store.store_object(ps.ForceFieldData(force_field_source="mine"), storage_key="box1")
    openff_store.add("box1", simulation(), FILES)
    report = import_openff_store(store, openff_store.directory)
    assert [rejection.where for rejection in report.rejected] == ["box1"]
    assert "is the key of another record" in report.rejected[0].reason


def test_progress_is_told_for_every_key(
    store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    openff_store.add("forcefield", force_field())
    openff_store.list_key("StoredSimulationData", "gone")
    told: list[int] = []
    import_openff_store(store, openff_store.directory, progress=told.append)
    assert told == [1, 2]


def test_a_directory_that_is_no_openff_store_is_an_error(
    store: ps.StorageBackend, tmp_path: Path
) -> None:
    with pytest.raises(InterchangeError, match="is not a store of OpenFF Evaluator"):
        import_openff_store(store, tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"object_keys": 5}', '{"object_keys": {"A": "ab"}}']
)
def test_a_list_of_keys_that_is_none_is_an_error(
    text: str, store: ps.StorageBackend, openff_store: OpenFFStore
) -> None:
    (openff_store.directory / "object_keys.json").write_text(text)
    with pytest.raises(InterchangeError, match="is not a list of keys"):
        import_openff_store(store, openff_store.directory)


def test_the_store_of_openff_evaluators_own_tests_is_imported_bit_for_bit(
    store: ps.StorageBackend, real_data: Path
) -> None:
    source = real_data / "openff-stored-data"
    report = import_openff_store(store, source)
    assert (report.added, report.present, report.rejected) == (4, 0, ())
    assert set(report.missing) == {
        "77fadbb04e6642a982bfef8d6910831d",
        "0c5851fbd63145d784b374da24ec2709",
        "4a26911dd89a461abe7665ab58638944",
        "7ed3a1263ce14e978018dd9f2d45a576",
    }
    assert store.keys(ps.ForceFieldData) == ["64aa12844b01414aa7e01265316be995"]
    boxes = list(store.find(ps.StoredEquilibrationData))
    assert len(boxes) == 3
    for key, record, path in boxes:
        assert contents(path) == contents(source / key)
        assert dict(record)["force_field_id"] == "64aa12844b01414aa7e01265316be995"
    found = store.find(ps.StoredEquilibrationData, ps.consists_of("CCCO", "O")).one()
    assert found.key == "bbd8a8682e94467481db13bc57ed5093"
    again = import_openff_store(store, source)
    assert (again.added, again.present, len(again.missing)) == (0, 4, 4)


def test_the_xml_of_a_real_force_field_is_kept_to_the_letter(
    store: ps.StorageBackend, real_data: Path
) -> None:
    source = real_data / "openff-stored-data"
    import_openff_store(store, source)
    ((key, record, _),) = store.find(ps.ForceFieldData)
    document = json.loads((source / f"{key}.json").read_text(encoding="utf-8"))
    assert isinstance(record, ps.ForceFieldData)
    assert record.source_type == "smirnoff"
    assert record.force_field_source == document["force_field_source"]["inner_xml"]
