"""The setting `viewerKey`: a file of public keys, whose signatures admit viewers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MAX_KEYS = 5
"""Of a key group:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""

_MAX_CHARACTERS = 65_536
_BITS = 2_048
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_PUBLIC = ("PUBLIC KEY", "RSA PUBLIC KEY")


@dataclass(frozen=True, slots=True)
class ViewerKeys:
    """Public keys; a URL is served if one of their private keys signed it.

    Attributes:
        file: As in the setting.
        keys: Each as PEM, as CloudFront takes it; the first is the newest.
    """

    file: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return self.file


def read(text: str) -> ViewerKeys:
    """The keys of a file.

    Args:
        text: Its path; a relative one is based on the folder of cdk.json, in which CDK
            runs the app.

    Raises:
        ValueError: it has no such keys; the second argument is the reason.
    """
    if "-----BEGIN" in text:
        raise ValueError(text, "this is a key itself, not the path of one")
    try:
        content = _content(Path(text).expanduser())
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise ValueError(text, f"cannot be read: {reason}") from error
    blocks = list(_PEM.finditer(content))
    if problem := _problem(content, [block[1] for block in blocks]):
        raise ValueError(text, problem)
    keys = tuple(_key(block[0], text) for block in blocks)
    if len(set(keys)) < len(keys):
        raise ValueError(text, "it has the same key twice")
    return ViewerKeys(text, keys)


def _content(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise OSError(0, "it is not a file")  # a pipe would wait for ever
    with path.open(encoding="ascii") as file:
        return file.read(_MAX_CHARACTERS)


def _problem(content: str, kinds: list[str]) -> str | None:
    """What is wrong with the kinds of PEM blocks in a file."""
    if "PRIVATE KEY" in content:
        return (
            "it has a private key, which belongs to whoever signs URLs and to nobody "
            "else; write the public one to a file: "
            "openssl pkey -in private.pem -pubout -out public.pem"
        )
    if not kinds:
        return "it has no '-----BEGIN PUBLIC KEY-----'"
    if other := [kind for kind in kinds if kind not in _PUBLIC]:
        return f"it has a {other[0].lower()}, not a public key"
    if len(kinds) > MAX_KEYS:
        return f"it has {len(kinds)} keys, and CloudFront takes {MAX_KEYS}"
    return None


def _key(pem: str, text: str) -> str:
    """A key, as CloudFront takes it."""
    # Loaded here, as few deployments have this setting.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(text, "it has a damaged key") from error
    bits = key.key_size if isinstance(key, rsa.RSAPublicKey) else None
    if bits != _BITS:
        raise ValueError(text, f"it has a key that is not RSA of {_BITS} bits")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()
