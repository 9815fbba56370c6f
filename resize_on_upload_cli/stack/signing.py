"""Sign URLs for a stack with `viewerKey`, as an application does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.signers import CloudFrontSigner
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from resize_on_upload_cli.errors import UnfinishedError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from resize_on_upload_cli.stack.deployment import Deployment

_OUTPUT = "ViewerKeyId"
_BITS = 2_048
_MAX_BYTES = 65_536


def is_private(deployment: Deployment) -> bool:
    """Return whether a stack serves only what is signed."""
    return _OUTPUT in deployment.outputs


def signer(
    deployment: Deployment, options: argparse.Namespace
) -> Callable[[str], str] | None:
    """Return what signs a URL; None without --sign-with.

    Raises:
        UsageError: the file has no key that CloudFront could know.
        UnfinishedError: the stack has no viewerKey.
    """
    if options.sign_with is None:
        return None
    key = _private_key(options.sign_with)
    if not is_private(deployment):
        msg = (
            f"the stack {deployment.name} serves URLs without a signature: leave out "
            "--sign-with, or deploy it with -c viewerKey=FILE (docs/delivery-access.md)"
        )
        raise UnfinishedError(msg)

    def sign(text: bytes) -> bytes:
        # CloudFront's default; nobody else chooses what is signed.
        return key.sign(text, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303

    signing = CloudFrontSigner(deployment.outputs[_OUTPUT], sign)
    until = datetime.now(UTC) + timedelta(seconds=options.expires)
    return lambda url: str(signing.generate_presigned_url(url, date_less_than=until))


def _private_key(file: Path) -> rsa.RSAPrivateKey:
    try:
        content = _content(file)
        key = serialization.load_pem_private_key(content, password=None)
    except OSError as error:
        msg = f"{file}: cannot be read: {error.strerror}"
        raise UsageError(msg) from error
    except TypeError as error:
        msg = (
            f"{file}: has a password; write the key without one to another file: "
            "openssl pkey -in FILE -out private.pem"
        )
        raise UsageError(msg) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"{file}: has no private key as PEM, '-----BEGIN PRIVATE KEY-----'"
        raise UsageError(msg) from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == _BITS:
        return key
    msg = f"{file}: has a key that is not RSA of {_BITS} bits, as viewerKey is"
    raise UsageError(msg)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_MAX_BYTES)
