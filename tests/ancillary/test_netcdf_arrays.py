"""Arrays in a netCDF archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from propstore.ancillary.netcdf import NetCDFArchive, write_archive
from propstore.errors import AncillaryDataError
from propstore.objects.netcdf.blocks import blocks, chunk_shape, transfer_shape

SCALARS = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(endianness="?"),
    arrays_of.unsigned_integer_dtypes(endianness="?"),
    arrays_of.floating_dtypes(endianness="?", sizes=(16, 32, 64, 128)),
    arrays_of.complex_number_dtypes(endianness="?", sizes=(64, 128, 256)),
    arrays_of.datetime64_dtypes(endianness="?"),
    arrays_of.timedelta64_dtypes(endianness="?"),
    arrays_of.byte_string_dtypes(min_len=1),
    arrays_of.unicode_string_dtypes(endianness="?", min_len=1),
)
DTYPES = st.one_of(
    SCALARS,
    arrays_of.array_dtypes(SCALARS).filter(lambda dtype: str(dtype).isascii()),
    arrays_of.nested_dtypes(SCALARS).filter(lambda dtype: str(dtype).isascii()),
).filter(lambda dtype: dtype.subdtype is None)
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)

ARRAYS = {
    "float32": numpy.linspace(0, 1, 60, dtype="f4").reshape(4, 5, 3),
    "big-endian": numpy.arange(6, dtype=">i4").reshape(2, 3),
    "default fill values": numpy.array([-2147483647, 1], "i4"),
    "nan and infinity": numpy.array([numpy.nan, -numpy.inf, -0.0]),
    "bool": numpy.array([True, False]),
    "complex": numpy.array([[1 + 2j, 3], [4, -5j]]),
    "half": numpy.array([1.5, numpy.nan, 65504], "f2"),
    "long double": numpy.array([1, 1e-4000], "g"),
    "bytes": numpy.array([b"a", b"abc", b"\0b"]),
    "text": numpy.array([["water", "é", ""], ["温度", "\ud800", "a\0b"]]),
    "times": numpy.array(["2026-01-02T03:04:05.123456789", "NaT"], "M8[ns]"),
    "months": numpy.array(["2026-01", "NaT"], "M8[M]"),
    "durations": numpy.array([5, "NaT"], "m8[ms]"),
    "structured": numpy.array([("O", -0.8, True)], [("name", "U2"), ("charge", "f4"), ("ok", "?")]),
    "packed": numpy.array([(1, b"\0x"), (2, b"y")], [("id", "i1"), ("tag", "S4")]),
    "all members": numpy.array(
        [(1, 2.5, 3j, "2026-01-01", b"ab", "é", (4, (5, 6)), [[7, 8]], 1.5, 9, b"xyz")],
        [
            ("integer", ">i4"),
            ("half", "f2"),
            ("complex", "c8"),
            ("time", "M8[s]"),
            ("bytes", "S2"),
            ("text", "U2"),
            ("nested", [("a", "i1"), ("b", "u8", (2,))]),
            ("matrix", "f4", (1, 2)),
            ("long double", "g"),
            ("duration", ">m8[ms]"),
            ("void", "V3"),
        ],
    ),
    "unnameable members": numpy.zeros(2, [("a/b", "f8")]),
    "array of structures": numpy.zeros(3, [("a", [("b", "f8")], (2,))]),
    "without axes": numpy.array(3.5),
    "without elements": numpy.zeros((0, 3)),
    "without elements but frames": numpy.zeros((3, 0)),
    "square": numpy.eye(3),
    "void": numpy.array([b"abcd", b"efgh"], "V4"),
}


def assert_same(found: Any, expected: numpy.ndarray[Any, Any]) -> None:
    found = numpy.asarray(found)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if expected.dtype.names:
        for name in expected.dtype.names:
            assert_same(found[name], expected[name])
    else:
        # assert_array_equal knows NaN and NaT in the byte order of the machine.
        native = expected.dtype.newbyteorder("=")
        numpy.testing.assert_array_equal(found.astype(native), expected.astype(native))


def npy(array: numpy.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    numpy.save(stream, array, allow_pickle=False)
    return stream.getvalue()


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_with_its_type_and_shape(
    tmp_path: Path, array: numpy.ndarray[Any, Any]
) -> None:
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        found = archive.arrays()["array"]
        assert (found.shape, found.dtype, found.ndim, found.size) == (
            array.shape,
            array.dtype,
            array.ndim,
            array.size,
        )
        assert_same(found, array)


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_npy_file_is_an_array_and_comes_back_bit_for_bit(
    tmp_path: Path, array: numpy.ndarray[Any, Any]
) -> None:
    (tmp_path / "source").mkdir()
    for name, saved in (("c.npy", array), ("f.npy", numpy.asarray(array, order="F"))):
        (tmp_path / "source" / name).write_bytes(npy(saved))
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert archive.arrays().keys() == {"c", "f"}
        for name in ("c", "f"):
            assert_same(archive.arrays()[name], array)
            content = (tmp_path / "source" / f"{name}.npy").read_bytes()
            assert archive.read(f"{name}.npy") == content


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_array_comes_back_and_so_does_any_part(tmp_path: Path, data: st.DataObject) -> None:
    array = data.draw(arrays_of.arrays(data.draw(DTYPES), SHAPES))
    index = data.draw(arrays_of.basic_indices(array.shape, allow_newaxis=False))
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert_same(archive.arrays()["array"], array)
        part = numpy.asarray(archive.arrays()["array"][index])
        assert_same(part.astype(array.dtype), numpy.asarray(array[index]).astype(array.dtype))


def test_an_array_that_is_handed_over_is_the_file_that_numpy_would_save(tmp_path: Path) -> None:
    array = numpy.arange(12.0).reshape(4, 3)
    (written,) = write_archive(None, tmp_path / "a.nc", arrays={"positions": array})
    assert written.name == "positions.npy"
    archive = NetCDFArchive(tmp_path / "a.nc")
    assert archive.read("positions.npy") == npy(array)
    archive.extract(tmp_path / "extracted")
    numpy.testing.assert_array_equal(numpy.load(tmp_path / "extracted/positions.npy"), array)


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_an_npz_file_has_its_arrays_and_comes_back_bit_for_bit(tmp_path: Path, save: Any) -> None:
    (tmp_path / "source").mkdir()
    path = tmp_path / "source" / "data.npz"
    members = {
        "x": numpy.arange(30.0).reshape(10, 3),
        "flags": numpy.array([True]),
        "t": ARRAYS["text"],
    }
    save(path, **members)
    write_archive(tmp_path / "source", tmp_path / "a.nc", units={"data.npz/x": "nm"})
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert archive.arrays().keys() == {"data.npz/x", "data.npz/flags", "data.npz/t"}
        assert archive.arrays()["data.npz/x"].units == "nm"
        for name, member in members.items():
            assert_same(archive.arrays()[f"data.npz/{name}"], member)
        assert archive.read("data.npz") == path.read_bytes()


def test_numbers_of_files_in_c_order_are_kept_once(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    array = numpy.random.default_rng(0).random(100_000)
    numpy.save(tmp_path / "source" / "array.npy", array)
    numpy.savez(tmp_path / "source" / "arrays.npz", array=array)
    write_archive(tmp_path / "source", tmp_path / "a.nc", compression=None)
    assert (tmp_path / "a.nc").stat().st_size < 2.1 * array.nbytes


def test_objects_are_not_unpickled_but_kept_as_bytes(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("it was unpickled",))

    (tmp_path / "source").mkdir()
    path = tmp_path / "source" / "objects.npy"
    numpy.save(path, numpy.array([Bomb()], object), allow_pickle=True)
    numpy.savez(tmp_path / "source" / "objects.npz", x=numpy.array([Bomb()], object), y=[1])
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert archive.arrays().keys() == {"objects.npz/y"}
        assert archive.read("objects.npy") == path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"text",
        lambda data: data[:9],
        lambda data: data[:90],
        lambda data: data[:-1],
        lambda data: data.replace(b"(4, 3)", b"(4,-3)"),
        lambda data: data.replace(b"(4, 3)", b"(((((("),
        lambda data: data.replace(b"<f8", b"<z8"),
        lambda data: data[:6] + b"\x09" + data[7:],
    ],
)
@pytest.mark.parametrize("name", ["damaged.npy", "damaged.npz"])
def test_a_damaged_array_file_is_kept_as_bytes(tmp_path: Path, damage: Any, name: str) -> None:
    (tmp_path / "source").mkdir()
    stream = io.BytesIO()
    if name.endswith("npy"):
        numpy.save(stream, numpy.zeros((4, 3)))
    else:
        numpy.savez(stream, numpy.zeros((4, 3)))
    content = damage(stream.getvalue())
    (tmp_path / "source" / name).write_bytes(content)
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert archive.read(name) == content


def test_an_npz_file_with_damaged_members_is_kept_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    path = tmp_path / "source" / "a.npz"
    numpy.savez_compressed(path, x=numpy.random.default_rng(0).random(1000))
    content = bytearray(path.read_bytes())
    content[4000] ^= 1
    path.write_bytes(content)
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert list(archive.arrays()) == []
        assert archive.read("a.npz") == content


def test_an_npz_file_has_only_arrays_of_members_that_numpy_writes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    path = tmp_path / "source" / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "water")
        archive.writestr("x.npy", npy(numpy.arange(3)))
        archive.writestr("y.npy", npy(numpy.arange(3)), zipfile.ZIP_BZIP2)
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as opened:
        assert list(opened.arrays()) == ["a.npz/x"]
        assert opened.read("a.npz") == path.read_bytes()


def test_text_that_is_none_is_kept_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for name, order in (("little.npy", "<"), ("big.npy", ">")):
        points = numpy.array([0x110000], f"{order}u4")
        (tmp_path / "source" / name).write_bytes(npy(points.view(f"{order}U1")))
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert list(archive.arrays()) == []
        assert [file.name for file in archive.files()] == ["big.npy", "little.npy"]


def test_an_array_with_a_long_header_is_the_file_that_numpy_would_save(tmp_path: Path) -> None:
    array = numpy.zeros(2, [(f"member {number:0200}", "f4") for number in range(400)])
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    with (
        NetCDFArchive(tmp_path / "a.nc") as archive,
        pytest.warns(UserWarning, match="format 2.0"),
    ):
        assert archive.read("array.npy") == npy(array)


def test_members_whose_names_npy_files_cannot_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AncillaryDataError, match="Latin-1"):
        write_archive(None, tmp_path / "a.nc", arrays={"x": numpy.zeros(2, [("温度", "f4")])})


def test_what_follows_the_numbers_in_an_npy_file_comes_back_too(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    content = npy(numpy.arange(5)) + b"tail"
    (tmp_path / "source" / "a.npy").write_bytes(content)
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert archive.read("a.npy") == content
        assert_same(archive.arrays()["a"], numpy.arange(5))


def test_a_stream_of_an_array_file_can_be_sought_in(tmp_path: Path) -> None:
    array = numpy.random.default_rng(0).random((2000, 300))
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    content = npy(array)
    with NetCDFArchive(tmp_path / "a.nc").open("array.npy") as stream:
        for start, length in ((4_000_000, 500_000), (100, 100), (4_300_123, 7), (0, 10)):
            stream.seek(start)
            assert stream.read(length) == content[start : start + length]


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(1, 3),
        slice(None, None, -1),
        (slice(None), 2),
        (..., 0),
        (1, 2, 1),
        ...,
        [3, 0],
        numpy.array([True, False, True, False]),
        (slice(0, 0),),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["float32", "complex"])
def test_a_part_of_an_array_is_what_numpy_gives(tmp_path: Path, name: str, index: Any) -> None:
    array = numpy.resize(ARRAYS[name], (4, 5, 3))
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        found = archive.arrays()["array"][index]
    numpy.testing.assert_array_equal(found, array[index])
    assert type(found) is type(array[index])


@pytest.mark.parametrize("name", ["float32", "complex"])
@pytest.mark.parametrize("index", [4, (0, 0, 0, 0), (0, 0, 0, ..., 0)], ids=repr)
def test_an_index_out_of_range_is_an_error(tmp_path: Path, name: str, index: Any) -> None:
    array = numpy.resize(ARRAYS[name], (4, 5, 3))
    write_archive(None, tmp_path / "a.nc", arrays={"array": array})
    with NetCDFArchive(tmp_path / "a.nc") as archive, pytest.raises((IndexError, ValueError)):
        archive.arrays()["array"][index]


def test_an_array_has_a_length_and_units(tmp_path: Path) -> None:
    write_archive(
        None,
        tmp_path / "a.nc",
        arrays={"positions": numpy.zeros((4, 3)), "count": numpy.array(1)},
        units={"positions": "nm"},
    )
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        positions, count = archive.arrays()["positions"], archive.arrays()["count"]
        assert len(positions) == 4
        assert positions.units == "nm"
        assert count.units is None
        assert "shape=(4, 3)" in repr(positions)
        assert "units='nm'" in repr(positions)
        with pytest.raises(TypeError, match="no length"):
            len(count)
        with pytest.raises(ValueError, match="copy"):
            numpy.array(positions, copy=False)


@pytest.mark.parametrize("name", ["", "a/b", "../x", "nul\0", "n" * 252, "\udfff\ud800"])
def test_an_array_has_a_name_that_a_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(AncillaryDataError, match="name of an array"):
        write_archive(None, tmp_path / "a.nc", arrays={name: [1.0]})


@pytest.mark.parametrize(
    "name", ["a:b", "x[1]", ".hidden", "trailing ", "温度", "é", "files", "50%"]
)
def test_an_array_keeps_a_name_that_netcdf_may_not_have(tmp_path: Path, name: str) -> None:
    write_archive(None, tmp_path / "a.nc", arrays={name: [1.0]})
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        assert list(archive.arrays()) == [name]


def test_an_array_of_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    numpy.save(tmp_path / "source" / "x.npy", numpy.zeros(3))
    with pytest.raises(AncillaryDataError, match=r"x\.npy.* already"):
        write_archive(tmp_path / "source", tmp_path / "a.nc", arrays={"x": [1.0]})


@pytest.mark.parametrize(
    "values",
    [
        numpy.array(["a", None], object),
        numpy.ma.masked_array([1, 2], [True, False]),
        numpy.zeros([1] * 33),
    ],
    ids=["objects", "masked", "33 axes"],
)
def test_what_netcdf_cannot_hold_is_refused(tmp_path: Path, values: Any) -> None:
    with pytest.raises(AncillaryDataError, match="'x'"):
        write_archive(None, tmp_path / "a.nc", arrays={"x": values})
    assert list(tmp_path.iterdir()) == []


def test_units_of_an_array_that_there_is_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AncillaryDataError, match=r"'positoins'.*\['positions'\]"):
        write_archive(
            None, tmp_path / "a.nc", arrays={"positions": [1.0]}, units={"positoins": "nm"}
        )


def test_units_of_times_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AncillaryDataError, match="units already"):
        write_archive(
            None, tmp_path / "a.nc", arrays={"when": ARRAYS["times"]}, units={"when": "s"}
        )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((10_000, 1_000, 3), (1, 1_000, 3)),  # one frame of 12 kB
        ((10_000, 100, 3), (13, 100, 3)),  # frames up to 16 KiB
        ((100, 1_000_000, 3), (1, 87_381, 3)),  # a frame of 12 MB, cut at 1 MiB
        ((1_000_000,), (4_096,)),
        ((5, 0), (5, 1)),
        ((), ()),
    ],
)
def test_chunks_are_frames(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert chunk_shape(shape, 4) == expected


@given(
    shape=st.lists(st.integers(0, 12), max_size=3).map(tuple),
    itemsize=st.sampled_from([1, 8, 100_000, 5_000_000]),
)
def test_blocks_one_after_the_other_are_the_array(shape: tuple[int, ...], itemsize: int) -> None:
    array = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape)
    block = transfer_shape(shape, itemsize)
    found = [array[index].ravel() for index in blocks(shape, block)]
    numpy.testing.assert_array_equal(numpy.concatenate([[], *found]), array.ravel())
