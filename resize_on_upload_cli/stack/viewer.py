"""Request variants at their URLs, as a viewer does."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import urllib3
from botocore.httpsession import get_cert_path

from resize_on_upload.outputs.request_log import Result
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.stack.base_url import URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60.0
"""Twice of what CloudFront waits for a variant that is made on request."""

_RETRIES = urllib3.Retry(
    total=3, redirect=2, raise_on_status=False, raise_on_redirect=False
)
"""Also follows the redirect to a variant that is too large for Lambda, and waits as
long as a 503 asks for."""

_MAX_REASON = 100


@dataclass(frozen=True, slots=True)
class Response:
    """What a viewer got.

    Attributes:
        headers: Names are compared without regard to case.
        body: Empty after a HEAD.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_image(self) -> bool:
        """Whether it is a variant or a manifest, not an error."""
        return self.status == HTTPStatus.OK

    @property
    def x_cache(self) -> str:
        """CloudFront's account of where the response is from; empty if it has none."""
        return self.headers.get("X-Cache", "")

    @property
    def bytes(self) -> int | None:
        """The length of the content, also after a HEAD; None if it is unknown."""
        length = self.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else len(self.body) or None

    @property
    def type(self) -> str:
        """The Content-Type."""
        return self.headers.get("Content-Type", "")

    @property
    def on_request(self) -> str:
        """What the on-request function did, such as `made`.

        Empty if the response is from S3, a cache or the edge function.
        """
        if "Hit" in self.x_cache:
            return ""
        found = re.split(r"[;,]", self.headers.get("Server-Timing", ""))[0]
        return found if found in set(Result) else ""

    @property
    def summary(self) -> str:
        """The status, and the reason of an error: `404 not-found`."""
        return f"{self.status} {self.reason}".rstrip()

    @property
    def reason(self) -> str:
        """Why there is no variant, as the function words it; empty if it is unknown."""
        if self.is_image or not self.type.startswith("text/plain"):
            return ""
        return self.body.decode(errors="replace").strip()[:_MAX_REASON]


class Viewer:
    """Requests URLs; connections are kept open."""

    def __init__(self) -> None:
        certificates = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(verify=True)
        self._pool = urllib3.PoolManager(
            ca_certs=certificates, retries=_RETRIES, timeout=TIMEOUT_SECONDS
        )

    def get(self, url: str) -> Response:
        """Request a URL with its content.

        Raises:
            DeploymentError: there is no connection.
        """
        return self._request("GET", url)

    def head(self, url: str) -> Response:
        """Request a URL without its content; an error with it, as it is the reason.

        Raises:
            DeploymentError: there is no connection.
        """
        response = self._request("HEAD", url)
        return (
            response
            if response.is_image
            else replace(response, body=self.get(url).body)
        )

    def _request(self, method: str, url: str) -> Response:
        try:
            found = self._pool.request(method, url)
        except urllib3.exceptions.HTTPError as error:
            msg = (
                f"no connection to {url}: {_cause(error)}. A new distribution takes "
                "some minutes to get its name; for `make local`, export "
                f"{URL_VARIABLE} as it prints it"
            )
            raise DeploymentError(msg) from error
        return Response(found.status, found.headers, found.data)


def _cause(error: Exception) -> object:
    """What is behind the retries."""
    return getattr(error, "reason", None) or error
