"""Data frames that Parquet would change, as their columns and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas

__all__ = ["COLUMNS", "frame_of", "taken_apart"]

COLUMNS = "frame of columns"
"""The word for such a frame in a document."""

Parts: TypeAlias = list[Any]
"""The index, the columns' labels and each column, and then the names of the first two."""


def taken_apart(frame: pandas.DataFrame) -> Parts | None:
    """Give a frame as lists of arrays, text and numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame. Its columns may be of numpy's types, Python objects, text and categories.

    Returns
    -------
    list or None
        What `frame_of` makes the frame of; None where that would be another one.
    """
    columns = [_array_parts(frame.iloc[:, number]) for number in range(frame.shape[1])]
    labels = [_array_parts(frame.index), _array_parts(frame.columns)]
    if None in (*labels, *columns) or frame.attrs:
        return None
    parts = [*labels, columns, [frame.index.name, frame.columns.name]]
    return parts if _is_same(frame, frame_of(parts)) else None


def frame_of(parts: Parts) -> pandas.DataFrame:
    """Make a frame of what `taken_apart` gave."""
    import pandas as pd

    index, labels, columns, (index_name, labels_name) = parts
    rows = _index(index)
    arrays = [_array(column) for column in columns]
    # Of each column the type is told, since pandas would find another for objects that are text.
    series = [pd.Series(array, index=rows, dtype=array.dtype) for array in arrays]
    frame = pd.DataFrame(dict(enumerate(series)), index=rows)
    frame.columns = _index(labels)
    frame.index.name, frame.columns.name = index_name, labels_name
    return frame


def _array_parts(values: Any) -> Parts | None:
    import numpy
    import pandas as pd

    if isinstance(values, pd.MultiIndex):
        return None
    if isinstance(values, pd.RangeIndex):
        return ["range", values.start, values.stop, values.step]
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = _array_parts(values.dtype.categories)
        ordered = values.dtype.ordered
        return categories and ["categories", values.array.codes, categories, ordered]
    if isinstance(values.dtype, pd.StringDtype):
        return ["text", values.to_numpy(object), str(values.dtype)]
    return ["values", values.to_numpy()] if isinstance(values.dtype, numpy.dtype) else None


def _array(parts: Parts) -> Any:
    import pandas as pd

    match parts:
        case ["categories", codes, categories, ordered]:
            return pd.Categorical.from_codes(codes, _index(categories), ordered=ordered)
        case ["text", texts, dtype]:
            return pd.array(texts, dtype=dtype)
        case ["values", values]:
            return pd.Series(values, dtype=values.dtype).array
        case _:
            raise ValueError(f"{parts!r} is no column of a data frame")


def _index(parts: Parts) -> pandas.Index[Any]:
    import pandas as pd

    if parts[0] == "range":
        return pd.RangeIndex(*parts[1:])
    array = _array(parts)
    return pd.Index(array, dtype=array.dtype)


def _is_same(left: pandas.DataFrame, right: pandas.DataFrame) -> bool:
    axes = zip(left.axes, right.axes, strict=True)
    have_types = all(type(a) is type(b) and a.dtype == b.dtype for a, b in axes)
    return have_types and bool(
        (left.dtypes.array == right.dtypes.array).all() and left.equals(right)
    )
