"""Documents that come from elsewhere are parsed with more care than JSON asks for."""

from __future__ import annotations

import pytest

from propstore.errors import CorruptRecordError
from propstore.model.documents import parse_document


def test_a_document_is_an_object_with_whatever_it_holds():
    assert parse_document('{"type":"a.b@v1","é":[1,2.5,null,{"\\u00e9":true}]}') == {
        "type": "a.b@v1",
        "é": [1, 2.5, None, {"é": True}],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ('{"a":1}x', "Extra data"),
        ('{"a":1,}', "Expecting property name|Illegal trailing comma"),
        ('\ufeff{"a":1}', "BOM"),
        ('{"a":1,"b":2,"a":3}', "'a' is given more than once"),
        ('{"a":{"b":1,"b":1}}', "'b' is given more than once"),
        ('{"a":NaN}', "not JSON compliant"),
        ('{"a":-Infinity}', "not JSON compliant"),
        ('{"a":1e400}', "not JSON compliant"),
        ('{"a":"\\ud800"}', "surrogates not allowed"),
        ('{"\\udc00":1}', "surrogates not allowed"),
        ('{"a":' + "9" * 5000 + "}", "limit"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "recursion"),
    ],
)
def test_what_would_be_lost_is_refused(text, words):
    with pytest.raises(
        CorruptRecordError, match=f"this is not the document of a record: .*({words})"
    ):
        parse_document(text)


@pytest.mark.parametrize(
    ("text", "kind"), [("null", "NoneType"), ("[]", "list"), ("5", "int"), ('"x"', "str")]
)
def test_what_is_not_an_object_is_refused(text, kind):
    with pytest.raises(CorruptRecordError, match=f"but a JSON {kind}"):
        parse_document(text)
