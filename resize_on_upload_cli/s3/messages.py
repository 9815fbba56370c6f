"""Requests to S3 and its responses, as they are sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resize_on_upload_cli.s3.address import Address


@dataclass(frozen=True, slots=True)
class Request:
    """A request without a body.

    Attributes:
        path, query: Encoded; the query's parameters are sorted.
        headers: Their names are in lower case.
    """

    method: str
    address: Address
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """A response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
