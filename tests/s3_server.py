"""What the tests know of the S3 servers that they start."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import quote

from propstore.external import ObjectStorage

SECRET = "not-to-be-told-to-anyone"
HEADERS = {  # moto looks at whether a request is signed, and not at the signature
    "Content-Type": "application/octet-stream",
    "Authorization": "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


@dataclass(frozen=True)
class S3:
    """A server that speaks S3, and a bucket on it."""

    endpoint: str
    bucket: str

    @property
    def options(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint,
            "access_key_id": "tester",
            "secret_access_key": SECRET,
            "region": "us-east-1",
            "client_options": {"allow_http": True},
        }

    def open(self, prefix: str) -> ObjectStorage:
        return ObjectStorage.from_url(f"s3://{self.bucket}/{prefix}", **self.options)

    def request(
        self, method: str, key: str = "", content: bytes | None = None, query: str = ""
    ) -> bytes | None:
        """Ask the server without obstore; None is what it hasn't."""
        url = f"{self.endpoint}/{self.bucket}/{quote(key)}{query}"
        request = urllib.request.Request(url, method=method, data=content, headers=HEADERS)
        try:
            with urllib.request.urlopen(request) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 404:
                raise
            return None


class Failing(BaseHTTPRequestHandler):
    """Knows that there is an object, and can't give it."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Forbidding(BaseHTTPRequestHandler):
    """Refuses everything, as S3 refuses who has no rights."""

    def refuse(self) -> None:
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.refuse()

    do_GET = do_HEAD = refuse  # noqa: N815
    do_POST = do_PUT  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass
