from __future__ import annotations

import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from obstore.store import LocalStore, MemoryStore, S3Store

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalResourceError,
    MissingExternalResourceError,
    UnsupportedOperationError,
)
from propstore.external import IfDigest, ObjectStorage, object_store
from propstore.external.digest import digest_stream
from propstore.testing.external.raw import HELLO, LARGE, OTHER, digest_of
from tests.s3_server import HEADERS, S3, SECRET


def headers(s3: S3, key: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"{s3.endpoint}/{s3.bucket}/{key}", method="HEAD", headers=HEADERS
    )
    with urllib.request.urlopen(request) as response:
        return {name.lower(): value for name, value in response.headers.items()}


@pytest.mark.parametrize("content", [HELLO, LARGE], ids=["in one", "in parts"])
def test_an_object_carries_its_digest(
    s3: S3, s3_prefix: str, s3_storage: ObjectStorage, content: bytes
) -> None:
    s3_storage.store_bytes("sample", content)
    assert headers(s3, f"{s3_prefix}/sample")["x-amz-meta-sha256"] == digest_of(content)


def test_large_content_goes_up_in_parts(s3: S3, s3_prefix: str, s3_storage: ObjectStorage) -> None:
    s3_storage.store_bytes("sample", LARGE)
    parts = -(-len(LARGE) // object_store.PART_SIZE)
    assert headers(s3, f"{s3_prefix}/sample")["etag"].endswith(f'-{parts}"')


def test_a_source_that_changes_meanwhile_is_not_stored(
    s3: S3,
    s3_storage: ObjectStorage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = tmp_path / "source"
    source.write_bytes(LARGE)

    def digest_and_spoil(stream: Any) -> Any:
        found = digest_stream(stream)
        source.write_bytes(LARGE[::-1])
        return found

    monkeypatch.setattr(object_store, "digest_stream", digest_and_spoil)
    with pytest.raises(ChangedExternalResourceError, match="while it was read"):
        s3_storage.store_path("sample", source)
    assert not s3_storage.exists("sample")
    # Nor do the parts that were sent linger, to be paid for.
    unfinished = s3.request("GET", query="?uploads")
    assert unfinished is not None
    assert b"<Upload>" not in unfinished


def test_a_large_object_that_is_overwritten_is_never_read_as_a_mixture(
    s3_storage: ObjectStorage,
) -> None:
    s3_storage.store_bytes("sample", LARGE)
    with s3_storage.load_stream("sample") as stream:
        assert stream.read(10) == LARGE[:10]
        s3_storage.store_bytes("sample", LARGE[::-1])
        with pytest.raises(ChangedExternalResourceError, match="meanwhile"):
            stream.read()


def test_the_mark_of_an_empty_directory_is_not_a_resource(
    s3: S3, s3_prefix: str, s3_storage: ObjectStorage
) -> None:
    s3.request("PUT", f"{s3_prefix}/data/", b"")
    s3_storage.store_bytes("empty", b"")
    assert list(s3_storage) == ["empty"]
    assert not s3_storage.exists("data")


def test_one_storage_does_not_see_beyond_its_prefix(s3: S3, s3_prefix: str) -> None:
    s3.open(f"{s3_prefix}/ab").store_bytes("sample", HELLO)
    assert list(s3.open(f"{s3_prefix}/a")) == []
    assert list(s3.open(s3_prefix)) == ["ab/sample"]


def test_a_filename_is_a_url(s3: S3, s3_prefix: str) -> None:
    store = S3Store(s3.bucket, prefix=s3_prefix, **s3.options)
    storage = ObjectStorage(store, "inner")
    url = f"s3://{s3.bucket}/{s3_prefix}/inner"
    assert repr(storage) == f"ObjectStorage('{url}')"
    assert storage.get_filename("data/sample") == f"{url}/data/sample"


# What it can't do, or not now


def test_a_store_without_attributes_is_refused_in_a_sentence(tmp_path: Path) -> None:
    storage = ObjectStorage(LocalStore(tmp_path))
    with pytest.raises(UnsupportedOperationError, match="can't do this at 'sample'"):
        storage.store_bytes("sample", HELLO)


def test_a_store_that_does_not_answer_is_not_a_missing_resource() -> None:
    storage = ObjectStorage.from_url(
        "s3://bucket",
        endpoint="http://127.0.0.1:9",  # the discard port, where nothing listens
        access_key_id="tester",
        secret_access_key=SECRET,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(
        ExternalResourceError, match="the object store failed at 'sample'"
    ) as raised:
        storage.exists("sample")
    assert type(raised.value) is ExternalResourceError


def test_a_store_that_fails_has_not_said_that_the_object_is_empty(failing_s3: S3) -> None:
    options = {**failing_s3.options, "retry_config": {"max_retries": 0}}
    storage = ObjectStorage.from_url("s3://bucket", **options)
    with pytest.raises(ExternalResourceError, match="500"):
        storage.load_stream("sample")


def test_a_write_on_the_digest_works_where_versions_are_kept(s3: S3) -> None:
    versioned = S3(s3.endpoint, "versioned")
    versioned.request("PUT")
    status = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    versioned.request("PUT", content=status, query="?versioning")
    storage = versioned.open("prefix")
    digest = storage.store_bytes("sample", HELLO)
    storage.store_bytes("sample", OTHER, mode=IfDigest(digest))
    with pytest.raises(ChangedExternalResourceError):
        storage.store_bytes("sample", HELLO, mode=IfDigest(digest))
    assert storage.load_range("sample", 0, 100) == OTHER


def test_a_stream_does_not_seek_before_its_start(s3_storage: ObjectStorage) -> None:
    s3_storage.store_bytes("sample", HELLO)
    with s3_storage.load_stream("sample") as stream:
        with pytest.raises(ValueError, match="-1"):
            stream.seek(-1)
        assert stream.read() == HELLO


def test_a_missing_bucket_is_not_a_missing_resource(s3: S3) -> None:
    storage = ObjectStorage.from_url("s3://nowhere", **s3.options)
    with pytest.raises(ExternalResourceError, match="NoSuchBucket") as raised:
        storage.store_bytes("sample", HELLO)
    assert not isinstance(raised.value, MissingExternalResourceError)


# What it does not tell


def test_secrets_are_not_shown(forbidding_s3: S3) -> None:
    storage = forbidding_s3.open("prefix")
    assert SECRET not in repr(storage)
    with pytest.raises(ExternalResourceError) as raised:
        storage.store_bytes("sample", OTHER)
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_secret_that_a_server_repeats_is_blotted_out(forbidding_s3: S3) -> None:
    # The server repeats what it was asked for; the secret stands in for a signed address.
    storage = ObjectStorage(S3Store(SECRET, **forbidding_s3.options))
    with pytest.raises(ExternalResourceError) as raised:
        storage.exists("sample")
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "url", [f"s3://tester:{SECRET}@bucket/prefix", f"s3://bucket/prefix?token={SECRET}"]
)
def test_a_url_with_credentials_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="as options") as raised:
        ObjectStorage.from_url(url)
    assert SECRET not in str(raised.value)


# How it is opened


@pytest.mark.parametrize("url", ["ftp://bucket/prefix", "https://bucket/prefix", "bucket/prefix"])
def test_an_unknown_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="s3, gs, az"):
        ObjectStorage.from_url(url)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="regoin"):
        ObjectStorage.from_url("s3://bucket", regoin="eu-central-1")


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("gs://bucket/prefix", {"skip_signature": True}),
        ("az://container/prefix", {"account_name": "account", "skip_signature": True}),
    ],
)
def test_other_clouds_are_opened_by_their_url(url: str, options: dict[str, Any]) -> None:
    assert repr(ObjectStorage.from_url(url, **options)) == f"ObjectStorage('{url}')"


def test_without_obstore_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(ImportError, match=r"propstore\[objectstore\]"):
        ObjectStorage.from_url("s3://bucket")


def test_a_store_of_no_cloud_has_a_name_too() -> None:
    assert repr(ObjectStorage(MemoryStore(), "inner")) == "ObjectStorage('object-store:///inner')"
