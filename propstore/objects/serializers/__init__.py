"""Python objects as bytes, one as a blob or many as a stream."""

from propstore.objects.serializers.arrow_tables import ArrowSerializer
from propstore.objects.serializers.defaults import default_serializers
from propstore.objects.serializers.json_values import JsonSerializer
from propstore.objects.serializers.numpy_arrays import NumpySerializer
from propstore.objects.serializers.pandas_frames import PandasSerializer
from propstore.objects.serializers.pickles import PickleSerializer
from propstore.objects.serializers.raw_bytes import BytesSerializer
from propstore.objects.serializers.registry import SerializerRegistry
from propstore.objects.serializers.serializer import SerializedData, SerializedStream, Serializer
from propstore.objects.serializers.text import TextSerializer

__all__ = [
    "ArrowSerializer",
    "BytesSerializer",
    "JsonSerializer",
    "NumpySerializer",
    "PandasSerializer",
    "PickleSerializer",
    "SerializedData",
    "SerializedStream",
    "Serializer",
    "SerializerRegistry",
    "TextSerializer",
    "default_serializers",
]
