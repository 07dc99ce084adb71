"""The serializers that are used unless the caller chooses others."""

from __future__ import annotations

from propstore.objects.serializers.arrow_tables import ArrowSerializer
from propstore.objects.serializers.json_values import JsonSerializer
from propstore.objects.serializers.numpy_arrays import NumpySerializer
from propstore.objects.serializers.pandas_frames import PandasSerializer
from propstore.objects.serializers.raw_bytes import BytesSerializer
from propstore.objects.serializers.registry import SerializerRegistry
from propstore.objects.serializers.text import TextSerializer

__all__ = ["default_serializers"]


def default_serializers() -> SerializerRegistry:
    """Give a new registry of the serializers that propstore comes with, but for pickle.

    Returns
    -------
    SerializerRegistry
        For bytes, text, JSON values, NumPy arrays, Arrow tables and pandas data frames.
    """
    return SerializerRegistry(
        [
            BytesSerializer(),
            TextSerializer(),
            JsonSerializer(),
            NumpySerializer(),
            ArrowSerializer(),
            PandasSerializer(),
        ]
    )
