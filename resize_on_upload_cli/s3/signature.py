"""AWS's Signature Version 4 of requests without a body.

botocore derives the key of the day again for each request; here it is kept.
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from botocore.credentials import ReadOnlyCredentials

    from resize_on_upload_cli.s3.messages import Request

_NO_BODY = sha256(b"").hexdigest()


def signed(
    request: Request, credentials: ReadOnlyCredentials, now: datetime
) -> Request:
    """Return the request with all headers to send.

    Args:
        request: Has those that S3 is to obey.
        credentials: An access key.
        now: The time in UTC, by S3's clock.
    """
    date, time = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": request.address.host,
        "x-amz-content-sha256": _NO_BODY,
        "x-amz-date": time,
        **request.headers,
    }
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names, region = sorted(headers), request.address.region
    scope = f"{date}/{region}/s3/aws4_request"
    digest = sha256(_canonical(request, headers, names).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
    # Unlike hmac.digest, it does not let go of Python's lock, which 32 threads want.
    signature = _key_of_the_day(credentials.secret_key, date, region).copy()
    signature.update(text.encode())
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, "
        f"Signature={signature.hexdigest()}"
    )
    return replace(request, headers=headers)


def _canonical(
    request: Request, headers: Mapping[str, str], names: Sequence[str]
) -> str:
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    return (
        f"{request.method}\n{request.path}\n{request.query}\n"
        f"{lines}\n{';'.join(names)}\n{_NO_BODY}"
    )


@lru_cache(maxsize=16)
def _key_of_the_day(secret: str, date: str, region: str) -> hmac.HMAC:
    key = f"AWS4{secret}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, digestmod="sha256")
