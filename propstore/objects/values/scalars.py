"""Small values that JSON has no word for, each with the word that stands for it here."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

__all__ = ["SCALARS", "SPECIAL_SCALARS", "Scalar", "SpecialScalar"]

Moment = TypeVar("Moment", datetime, time)

_LARGEST = 2**63  # integers beyond may be of more digits than Python reads
_MOST_BITS = 2000  # of integers that Python reads as digits, whatever limit to them is set


class Scalar(NamedTuple):
    """How values of a type are written.

    Parameters
    ----------
    tag : str
        The word for the type in a document.
    to_json : callable
        Turns a value into what JSON has.
    from_json : callable
        Makes the value of that.
    """

    tag: str
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]


class SpecialScalar(NamedTuple):
    """How those values of a type are written that JSON hasn't.

    Parameters
    ----------
    is_special : callable
        Tells whether a value is one of them.
    scalar : Scalar
        How it is written then.
    """

    is_special: Callable[[Any], bool]
    scalar: Scalar


def _write_moment(moment: Moment) -> list[Any]:
    zone: Any = None
    match moment.tzinfo:
        case None:
            pass
        case timezone() as fixed:
            zone = _write_duration(fixed.utcoffset(None))
        case ZoneInfo(key=str() as key):
            zone = key
        case other:
            raise ValueError(f"its time zone {other!r} has no name; zoneinfo.ZoneInfo has")
    return [moment.replace(tzinfo=None, fold=0).isoformat(), moment.fold, zone]


def _read_zone(zone: Any) -> tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return ZoneInfo(zone)
    offset = _read_duration(zone)
    return timezone(offset) if offset else UTC


def _read_datetime(parts: list[Any]) -> datetime:
    text, fold, zone = parts
    return datetime.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


def _read_time(parts: list[Any]) -> time:
    text, fold, zone = parts
    return time.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


def _write_duration(duration: timedelta) -> list[int]:
    return [duration.days, duration.seconds, duration.microseconds]


def _read_duration(parts: list[int]) -> timedelta:
    return timedelta(*parts)


def _write_complex(value: complex) -> list[str]:
    return [value.real.hex(), value.imag.hex()]


def _read_complex(parts: list[str]) -> complex:
    return complex(*map(float.fromhex, parts))


def _write_fraction(value: Fraction) -> str:
    terms = (value.numerator, value.denominator)
    if max(term.bit_length() for term in terms) < _MOST_BITS:
        return str(value)
    return "/".join(map(hex, terms))


def _read_fraction(text: str) -> Fraction:
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator, 0), int(denominator or "1", 0))


def _write_text(text: str) -> str:
    return text.encode("utf-32-le", "surrogatepass").hex()


def _read_text(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-32-le", "surrogatepass")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


SCALARS: dict[type, Scalar] = {
    complex: Scalar("complex", _write_complex, _read_complex),
    Decimal: Scalar("decimal", str, Decimal),
    Fraction: Scalar("fraction", _write_fraction, _read_fraction),
    date: Scalar("date", date.isoformat, date.fromisoformat),
    datetime: Scalar("datetime", _write_moment, _read_datetime),
    time: Scalar("time", _write_moment, _read_time),
    timedelta: Scalar("timedelta", _write_duration, _read_duration),
    UUID: Scalar("uuid", str, UUID),
}
"""Those of which JSON has none."""

SPECIAL_SCALARS: dict[type, SpecialScalar] = {
    float: SpecialScalar(
        lambda value: not math.isfinite(value), Scalar("float", float.hex, float.fromhex)
    ),
    int: SpecialScalar(
        lambda value: not -_LARGEST <= value < _LARGEST,
        Scalar("int", hex, lambda digits: int(digits, 16)),
    ),
    str: SpecialScalar(_has_surrogates, Scalar("text", _write_text, _read_text)),
}
"""Those of which JSON has most, and how the rest is told."""
