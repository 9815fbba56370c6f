"""`--sign-with`: URLs of a stack that serves only what is signed."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from resize_on_upload_cli.errors import UnfinishedError, UsageError
from tests.support.fake_edge import FakeEdge, serving
from tests.support.fake_stack import FakeStack, run_command
from tests.support.resizing_stack import resizing_stack
from tests.support.viewer_keys import pem, private_key, write_pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_ID = "K2JCJMDEHXQW5F"


@pytest.fixture
def stack() -> FakeStack:
    """A deployment that resizes every original at once."""
    sizes = '{"sizes": ["9x", {"geometry": "5x", "make": "request"}]}'
    stack = resizing_stack(sizes)
    stack.upload("a b.png", b"A")
    return stack


@pytest.fixture
def edge(stack: FakeStack) -> Iterator[FakeEdge]:
    """Its distribution, which has a viewerKey."""
    with serving(stack) as edge:
        stack.outputs["ViewerKeyId"] = KEY_ID
        edge.is_private = True
        yield edge


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The file of the private key."""
    return write_pair(tmp_path)[0]


def _verify(signed: str) -> int:
    """Check a URL as CloudFront does; return when it expires."""
    url, _, query = signed.partition("?")
    given = {name: value for name, (value,) in parse_qs(query).items()}
    assert given["Key-Pair-Id"] == KEY_ID
    policy = (
        f'{{"Statement":[{{"Resource":"{url}","Condition":'
        f'{{"DateLessThan":{{"AWS:EpochTime":{given["Expires"]}}}}}}}]}}'
    )
    text = given["Signature"].translate(str.maketrans("-_~", "+=/"))
    private_key().public_key().verify(
        base64.b64decode(text),
        policy.encode(),
        padding.PKCS1v15(),
        hashes.SHA1(),  # noqa: S303 - as CloudFront does
    )
    return int(given["Expires"])


@pytest.mark.parametrize(("option", "seconds"), [("", 3_600), ("--expires 60", 60)])
def test_urls_are_signed(
    edge: FakeEdge,
    key: Path,
    option: str,
    seconds: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = f"urls --no-request 'a b.png' --sign-with {key} {option}"
    assert run_command(edge.stack, command) == 0
    urls = capsys.readouterr().out.split()
    assert len(urls) == 2
    for url in urls:
        assert abs(_verify(url) - time.time() - seconds) < 30
    assert edge.seen == []


def test_signed_urls_are_requested(
    edge: FakeEdge, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(edge.stack, f"urls 'a b.png' --json --sign-with {key}") == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["status"] for one in printed] == [200, 200]
    assert all(_verify(one["url"]) for one in printed)


def test_without_a_signature_the_reason_is_shown(
    edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(edge.stack, "urls 'a b.png'") == 1
    printed = capsys.readouterr()
    assert printed.out.count("403     error") == 2
    assert "serves signed URLs only: add --sign-with private.pem" in printed.err


def test_a_stack_that_serves_everybody_needs_no_signature(
    stack: FakeStack, key: Path
) -> None:
    with serving(stack), pytest.raises(UnfinishedError, match="leave out --sign-with"):
        run_command(stack, f"urls 'a b.png' --sign-with {key}")


def _private(key: Any, password: bytes | None = None) -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no private key as PEM"),
        (b"\xff\0", "has no private key as PEM"),
        (pem(private_key()).encode(), "has no private key as PEM"),
        (_private(private_key())[:-200], "has no private key as PEM"),
        (_private(private_key(), b"secret"), "has a password"),
        (_private(ec.generate_private_key(ec.SECP256R1())), "not RSA of 2048 bits"),
        (_private(rsa.generate_private_key(65_537, 3_072)), "not RSA of 2048 bits"),
    ],
    ids=["empty", "garbage", "public", "cut", "password", "curve", "large"],
)
@pytest.mark.parametrize("command", ["urls a.png", "smoke"])
def test_a_file_without_a_fitting_key_is_a_mistake(
    edge: FakeEdge, tmp_path: Path, command: str, content: bytes, reason: str
) -> None:
    """And nothing of the file is printed."""
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=f"key.pem: .*{reason}") as caught:
        run_command(edge.stack, f"{command} --sign-with {file}")
    lines = content.decode(errors="replace").splitlines()[1:-1]
    assert not [line for line in lines if line in str(caught.value)]
    assert edge.seen == []


@pytest.mark.parametrize("name", ["none.pem", "."])
def test_a_file_that_cannot_be_read_is_a_mistake(
    edge: FakeEdge, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="cannot be read: "):
        run_command(edge.stack, f"urls a.png --sign-with {tmp_path / name}")


# smoke


def _smoke(
    edge: FakeEdge, options: str, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    assert run_command(edge.stack, f"smoke --json {options}") == 0
    return dict(json.loads(capsys.readouterr().out))


def test_smoke_without_a_key_checks_that_it_is_refused(
    edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    result = _smoke(edge, "", capsys)
    assert list(result["urls"]) == ["refused"]
    assert len(edge.seen) == 1


def test_smoke_with_the_key_checks_everything(
    edge: FakeEdge, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The URLs that it prints have no signature."""
    result = _smoke(edge, f"--sign-with {key}", capsys)
    steps = ["refused", "made", "served", "unknown", "absent"]
    assert list(result["urls"]) == steps
    assert "Signature" not in json.dumps(result)
    assert ["&Signature=" in path for path in edge.seen] == [False] + [True] * 4


def test_smoke_finds_an_image_without_a_signature(edge: FakeEdge, key: Path) -> None:
    edge.is_private = False
    for options in ("", f"--sign-with {key}"):
        with pytest.raises(UnfinishedError, match="200, not 403, though it has no"):
            run_command(edge.stack, f"smoke {options}")


def test_smoke_finds_a_signature_that_is_refused(edge: FakeEdge, key: Path) -> None:
    edge.lambda_refuses = edge.s3_refuses = True
    with pytest.raises(UnfinishedError, match="CloudFront refuses the signature, or"):
        run_command(edge.stack, f"smoke --sign-with {key}")
