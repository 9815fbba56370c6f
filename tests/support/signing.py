"""Sign requests as CloudFront wants it: botocore's policies, cryptography's RSA."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.support.viewer_keys import private_key

if TYPE_CHECKING:
    from datetime import date

_SAFE = str.maketrans("+=/", "-_~")


def safe(content: bytes) -> str:
    """Base64, with CloudFront's replacements."""
    return b64encode(content).decode().translate(_SAFE)


class Signer:
    """Signs with one of several keys.

    Attributes:
        key_id: The Key-Pair-Id.
        key: The number of the private key.
    """

    def __init__(self, key_id: str, key: int = 0) -> None:
        self.key_id, self.key = key_id, key
        self._signer = CloudFrontSigner(key_id, self.sign)

    def sign(self, text: bytes, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
        """Return the signature; by default of SHA-1."""
        algorithm = algorithm or hashes.SHA1()  # noqa: S303 - CloudFront's default
        return private_key(self.key).sign(text, padding.PKCS1v15(), algorithm)

    def url(self, url: str, seconds: int = 600) -> str:
        """Return the URL, signed with a canned policy."""
        return str(
            self._signer.generate_presigned_url(url, date_less_than=after(seconds))
        )

    def policy(
        self,
        resource: str,
        seconds: int = 600,
        start: int | None = None,
        address: str | None = None,
    ) -> str:
        """Return the text of a custom policy."""
        begin = None if start is None else after(start)
        return str(self._signer.build_policy(resource, after(seconds), begin, address))

    def query(self, policy: str) -> str:
        """Return the parameters that sign a request with a custom policy."""
        text = policy.encode()
        given = {"Policy": safe(text), "Signature": safe(self.sign(text))}
        return urlencode({**given, "Key-Pair-Id": self.key_id}, safe="~")

    def sha256_query(self, policy: str) -> str:
        """Return the same, signed with SHA-256."""
        text = policy.encode()
        signature = safe(self.sign(text, hashes.SHA256()))
        given = {"Policy": safe(text), "Signature": signature}
        rest = {"Key-Pair-Id": self.key_id, "Hash-Algorithm": "SHA256"}
        return urlencode({**given, **rest}, safe="~")

    def cookies(self, policy: str) -> str:
        """Return a Cookie header."""
        return "; ".join(f"CloudFront-{one}" for one in self.query(policy).split("&"))


def after(seconds: int) -> date:
    """Return a time some seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
