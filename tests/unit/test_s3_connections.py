"""Connections: what a server may do to them, TLS, and proxies."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore import exceptions as aws
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.s3 import connections
from resize_on_upload_cli.s3.address import Address
from resize_on_upload_cli.s3.attempts import Attempts
from resize_on_upload_cli.s3.connections import DirectConnections, sender
from resize_on_upload_cli.s3.head import MAX_HEAD_BYTES, _parsed, exchange
from resize_on_upload_cli.s3.messages import Request, Response
from tests.support.s3_http import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Length: 7\r\n\r\n"


@contextmanager
def _sending(*responses: bytes) -> Iterator[Address]:
    """Serve these bytes, whatever is asked: one response for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for response in responses:
                connection, _ = server.accept()
                with connection, suppress(OSError):  # it may be closed early
                    connection.recv(65_536)
                    connection.sendall(response)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield _address(f"127.0.0.1:{server.getsockname()[1]}")
        thread.join()


def _address(host: str) -> Address:
    return Address("http", host, "/b", "eu-west-1")


def _request(address: Address, method: str = "HEAD") -> Request:
    return Request(method, address, "/b/a", headers={"host": address.host})


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    "response",
    [
        b"",
        OK[:-10],
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: " + b"x" * MAX_HEAD_BYTES * 3,
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000,
    ],
    ids=lambda response: repr(response[:20]),
)
def test_what_is_not_http_is_a_closed_connection(response: bytes, method: str) -> None:
    """In bounded time and memory; such an error is tried again."""
    began = time.process_time()
    with _sending(response) as address, pytest.raises(aws.ConnectionClosedError):
        DirectConnections()(_request(address, method))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\r\n  : folded\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_lines_that_are_no_headers_are_refused(response: bytes) -> None:
    with _sending(response) as address, pytest.raises(aws.ConnectionClosedError):
        DirectConnections()(_request(address))


def test_a_head_without_an_end_is_not_read_to_its_end() -> None:
    chunks = itertools.repeat(b"a: b\r\n" * 5_000, 20)
    sock = SimpleNamespace(sendall=lambda _: None, recv=lambda _: next(chunks))
    connection: Any = SimpleNamespace(sock=sock)
    with pytest.raises(HTTPException):
        exchange(connection, _request(_address("s3")))
    assert len(list(chunks)) > 15


@given(st.text(max_size=80))
def test_any_head_is_read_or_refused(text: str) -> None:
    head = f"HTTP/1.1 200 OK\r\n{text}"
    try:
        response, _ = _parsed(head, has_body=False)
    except HTTPException:
        return
    assert response.status == 200


@pytest.mark.parametrize(
    ("response", "reused"),
    [
        (OK, True),
        (OK + b"a body after all", False),
        (OK.replace(b"1.1", b"1.0"), False),
        (OK.replace(b"ETag", b"Connection: close\r\nETag"), False),
    ],
)
def test_a_connection_is_used_again_only_if_it_is_clean(
    response: bytes, *, reused: bool
) -> None:
    direct = DirectConnections()
    with _sending(response) as address:
        found = direct(_request(address))
        assert (found.status, found.headers["etag"]) == (200, "1")
        assert bool(direct._idle[f"http://{address.host}"]) is reused


def test_a_line_break_in_a_header_is_not_sent() -> None:
    """It would begin another header."""
    headers = {"a": "b\nc: d"}
    with (
        _sending(OK) as address,
        pytest.raises(ValueError, match="line break"),
    ):
        DirectConnections()(Request("HEAD", address, "/", headers=headers))


def test_a_few_connections_serve_many_requests() -> None:
    """Of any thread."""
    direct = DirectConnections()
    with served(lambda *_: Response(200, {"etag": "1"})) as url:
        address = _address(url.removeprefix("http://"))
        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(direct, [_request(address)] * 60))
        assert {one.status for one in found} == {200}
        assert 1 <= len(direct._idle[url]) <= 3


def test_after_a_pause_one_attempt_fails_and_not_one_for_each_connection() -> None:
    """S3 closes connections that are not used for some seconds."""
    direct = DirectConnections()
    with served(lambda *_: Response(200, {"etag": "1"})) as url:
        address = _address(url.removeprefix("http://"))
        for _ in range(32):
            unused = direct._new(address)
            unused.sock, other = socket.socketpair()
            other.close()
            direct._idle.setdefault(url, []).append(unused)
        attempts = Attempts(lambda _: None, reached=True)
        sent = list[int]()

        def send() -> Response:
            sent.append(1)
            return direct(_request(address))

        assert attempts.run(send).status == 200
    assert len(sent) == 2


def test_a_body_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_BODY_BYTES", 10)
    body = Response(200, {}, b"x" * 11)
    with served(lambda *_: body) as url:
        address = _address(url.removeprefix("http://"))
        with pytest.raises(aws.ConnectionClosedError):
            DirectConnections()(_request(address, "GET"))


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for the hosts that NO_PROXY names."""
    asked: list[str] = []

    def respond(_method: str, target: str) -> Response:
        asked.append(target)
        return Response(200, {"etag": "1"})

    with served(respond) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        send = sender(None, 2)
        for host in ("s3.example", url.removeprefix("http://")):
            assert send(_request(_address(host))).headers["etag"] == "1"
    assert asked == ["http://s3.example/b/a", "/b/a"]


def test_an_unreachable_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    address = Address("https", "s3.example", "/b", "eu-west-1")
    with pytest.raises(aws.ProxyConnectionError, match=r"127\.0\.0\.1:1"):
        sender(None, 2)(_request(address))


def test_a_handshake_that_ends_early_is_a_closed_connection() -> None:
    """It is tried again, unlike a certificate that is not accepted."""
    with _sending(b"") as plain, pytest.raises(aws.ConnectionClosedError):
        DirectConnections()(_request(replace(plain, scheme="https")))


@pytest.mark.parametrize("ended", [ssl.SSLEOFError, ssl.SSLZeroReturnError])
def test_tls_that_the_server_has_ended_is_a_closed_connection(
    ended: type[OSError],
) -> None:
    """As a write finds it after a pause, if S3 has ended TLS as well."""

    def end(_: bytes) -> None:
        raise ended(8, "EOF occurred in violation of protocol")

    direct, address = DirectConnections(), _address("s3")
    connection = direct._new(address)
    connection.sock = SimpleNamespace(sendall=end, close=lambda: None)
    direct._idle["http://s3"] = [connection]
    with pytest.raises(aws.ConnectionClosedError):
        direct(_request(address))


def test_a_server_without_tls_is_an_error_of_tls() -> None:
    with _sending(b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain:
        address = Address("https", plain.host, "/b", "eu-west-1")
        with pytest.raises(aws.SSLError, match=plain.host):
            DirectConnections()(_request(address))


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 with its key; it is also its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "S3")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "authority.pem"
    file.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def test_a_certificate_is_accepted_by_its_authority_only(authority: Path) -> None:
    """AWS_CA_BUNDLE names the file; `make local` has such a certificate."""
    with _sending_with_tls(authority, times=2) as address:
        found = DirectConnections(str(authority))(_request(address))
        assert found.status == 200
        with pytest.raises(aws.SSLError, match="certificate"):
            DirectConnections()(_request(address))


@contextmanager
def _sending_with_tls(certificate: Path, *, times: int) -> Iterator[Address]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(times):
                plain, _ = server.accept()
                with plain, suppress(OSError):  # a client may not trust it
                    connection = context.wrap_socket(plain, server_side=True)
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(OK)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host = f"127.0.0.1:{server.getsockname()[1]}"
        yield Address("https", host, "/b", "eu-west-1")
        thread.join()
