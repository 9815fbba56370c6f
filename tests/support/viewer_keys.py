"""Key pairs of those who sign URLs, made once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from pathlib import Path


def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One of several keys."""
    return _generated(number)


@cache
def _generated(_: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


def pem(key: Any) -> str:
    """The public key of a key pair, as PEM."""
    public = key.public_key() if hasattr(key, "public_key") else key
    return str(
        public.public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        ),
        "ascii",
    )


def write_pair(folder: Path, number: int = 0) -> tuple[Path, Path]:
    """Write a key pair to files: the private one, the public one."""
    key = private_key(number)
    private, public = folder / f"private-{number}.pem", folder / f"public-{number}.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_text(pem(key))
    return private, public
