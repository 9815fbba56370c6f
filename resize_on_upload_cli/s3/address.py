"""Where the requests for a bucket go, by the rules and the configuration of botocore.

They depend on the partition, the region, FIPS, dual-stack, path style and
AWS_ENDPOINT_URL. botocore prepares one request, and what it prepared is read.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3 import S3Client

_EVENT = "before-send.s3.ListObjectsV2"
_SCOPE = re.compile(r"Credential=[^,]*/\d{8}/([^/,]+)/s3/aws4_request")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the requests for a bucket go.

    Attributes:
        scheme, host: Of the URL; the host may have a port.
        path: What precedes `/<key>`.
        region: The region that they are signed for.
    """

    scheme: str
    host: str
    path: str
    region: str

    @property
    def endpoint(self) -> str:
        """For messages."""
        return f"{self.scheme}://{self.host}{self.path}"


def prepared(client: S3Client, bucket: str) -> Address:
    """Return the bucket's address, without a request.

    Raises:
        BotoCoreError: there are no credentials, for example.
    """
    return _address(client, bucket, send=False)


def asked(client: S3Client, bucket: str) -> Address:
    """Return the bucket's address after a request, which follows S3's redirects.

    Raises:
        ClientError: S3 refuses the request, and says why.
    """
    return _address(client, bucket, send=True)


def _address(client: S3Client, bucket: str, *, send: bool) -> Address:
    requests: list[AWSPreparedRequest] = []

    def record(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        requests.append(request)
        return None if send else _empty_listing(request)

    note: Any = record  # a response is used in place of sending the request
    client.meta.events.register(_EVENT, note)
    try:
        client.list_objects_v2(Bucket=bucket, MaxKeys=1)
    finally:
        client.meta.events.unregister(_EVENT, note)
    url, header = urlsplit(requests[-1].url), requests[-1].headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else str(header)
    scope = _SCOPE.search(text)
    region = scope[1] if scope else client.meta.region_name
    return Address(url.scheme, url.netloc, url.path.rstrip("/"), region)


def _empty_listing(request: AWSPreparedRequest) -> AWSResponse:
    body = HTTPResponse(io.BytesIO(b"<ListBucketResult/>"), preload_content=False)
    return AWSResponse(request.url, 200, HTTPHeaders(), body)
