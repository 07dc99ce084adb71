"""pandas data frames as Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.late import import_pyarrow
from propstore.objects.serializers.serializer import (
    SerializedData,
    Serializer,
    imported_types,
    refused,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PandasSerializer"]

CONTENT_TYPE = "application/vnd.apache.parquet"


class PandasSerializer(Serializer[Any]):
    """Keeps data frames as Parquet files, their index and the types of their columns included.

    A frame that would come back changed is refused: columns of mixed Python objects, above all.
    """

    name: ClassVar[str] = "propstore.pandas@v1"
    content_types = (CONTENT_TYPE,)

    @property
    def types(self) -> tuple[type, ...]:
        """`pandas.DataFrame`, if pandas is imported."""
        return imported_types("pandas", "DataFrame")

    def serialize_data(self, value: pd.DataFrame, /) -> SerializedData:
        """Write a data frame.

        Raises
        ------
        SerializationError
            If it is not a data frame, or Parquet would change it.
        ImportError
            If pyarrow is not installed.
        """
        pa = import_pyarrow()
        import pandas as pd

        if type(value) is not pd.DataFrame:
            raise refused(self, value, "it is not a pandas.DataFrame")
        stream = io.BytesIO()
        try:
            value.to_parquet(stream, engine="pyarrow")
        except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
            raise refused(self, value, error) from error
        data = stream.getvalue()
        decoded = self._decoded(data)
        if not _is_same(value, decoded):
            raise refused(self, value, f"Parquet would change {_changed(value, decoded)}")
        return {"data": data, "content_type": CONTENT_TYPE, "content_encoding": None}

    def deserialize_data(self, serialized: SerializedData, /) -> pd.DataFrame:
        """Read a data frame.

        Raises
        ------
        SerializationError
            If it is not a Parquet file.
        ImportError
            If pyarrow or pandas is not installed.
        """
        return self._decoded(serialized["data"])

    def _decoded(self, data: bytes) -> pd.DataFrame:
        pa = import_pyarrow()
        import pandas as pd

        try:
            return pd.read_parquet(io.BytesIO(data), engine="pyarrow")
        except (pa.ArrowException, OSError) as error:
            raise SerializationError(
                f"{self.name!r} can't read what is not a Parquet file: {error}"
            ) from error


def _is_same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return bool(
        left.equals(right)
        and left.index.names == right.index.names
        and left.columns.names == right.columns.names
        and left.attrs == right.attrs
    )


def _changed(left: pd.DataFrame, right: pd.DataFrame) -> str:
    """Tell what of a frame came back changed."""
    if left.shape == right.shape:
        columns = range(left.shape[1])
        names = [left.columns[n] for n in columns if not left.iloc[:, n].equals(right.iloc[:, n])]
        if names and left.index.equals(right.index):
            return f"the values or types of {', '.join(map(repr, names))}"
    return "its index, its columns, or what it says of itself"
