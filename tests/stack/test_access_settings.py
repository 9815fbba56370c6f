"""The settings of access: mistakes in each and together, in the user's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cdk.configuration.viewers.access_parsers import (
    cors_origins,
    domain_names,
)
from tests.support.viewer_keys import pem, private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        PrivateKeyTypes,
        PublicKeyTypes,
    )

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"
ON = {"delivery": "true"}
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = f"arn:aws:acm:us-east-1:111122223333:certificate/{ID}"
WEB_ACL = f"arn:aws:wafv2:us-east-1:111122223333:global/webacl/photos/{ID}"


def _mistakes(context: dict[str, str], region: str = "") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(context, SIZES, region)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("domainNames", "https://images.example.com", "is a URL: write the name"),
        ("domainNames", "images.example.com/", "is a URL: write the name"),
        ("domainNames", "images", "'images' is not a domain name"),
        ("domainNames", "images.example.com:8443", "is not a domain name"),
        ("domainNames", "images.example.com.", "is not a domain name"),
        ("domainNames", "-a.example.com", "is not a domain name"),
        ("domainNames", "a_b.example.com", "is not a domain name"),
        ("domainNames", "10.0.0.1", "is not a domain name"),
        ("domainNames", "a.*.example.com", "is not a domain name"),
        ("domainNames", f"{'a' * 64}.example.com", "is not a domain name"),
        ("domainNames", "a." * 127 + "com", "is not a domain name"),
        ("domainNames", "a.example.com b.example.com", "is not a domain name"),
        ("domainNames", "a.example.com\n.evil.example", "is not a domain name"),
        ("domainNames", "['a.example.com']", "is not a domain name"),
        ("domainNames", "bücher.example", "in ASCII: xn--…"),
        ("domainNames", "\u212aa.example", "in ASCII: xn--…"),  # lower case: k
        ("domainNames", "a.example.com,", "there is a comma too many"),
        ("domainNames", ",", "there is a comma too many"),
        ("domainNames", "a.example.com, A.example.com", "'a.example.com' is listed"),
        ("domainNames", "*.example.com", "the first name is the one in URLs"),
        ("domainNames", "d111111abcdef8.cloudfront.net", "is a name of CloudFront's"),
        ("domainNames", ",".join(f"a{n}.b.com" for n in range(101)), "100 at most"),
        ("certificate", "images.example.com", "must be the ARN of an ACM certificate"),
        ("certificate", CERTIFICATE[:-1], "must be the ARN of an ACM certificate"),
        ("certificate", CERTIFICATE + "\n/x", "must be the ARN of an ACM certificate"),
        ("certificate", CERTIFICATE.replace("1", "\u0661"), "must be the ARN"),
        (
            "certificate",
            CERTIFICATE.replace("us-east-1", "eu-central-1"),
            "this one is in eu-central-1, and CloudFront uses certificates of us-",
        ),
        ("webAcl", ID, "must be the ARN of a web ACL"),
        ("webAcl", WEB_ACL.replace("webacl", "ipset"), "must be the ARN of a web ACL"),
        (
            "webAcl",
            WEB_ACL.replace("us-east-1", "eu-west-1").replace("global", "regional"),
            "this one has the scope REGIONAL, in eu-west-1: -c firewall=true makes one",
        ),
        ("webAcl", WEB_ACL.replace("global", "regional"), "has the scope REGIONAL"),
        ("webAcl", WEB_ACL.replace("us-east-1", "eu-west-1"), "in eu-west-1"),
        ("accessLogs", "30", "must be true or false"),
        ("firewall", "on", "must be true or false"),
        ("corsOrigins", "example.com", "is not a scheme, a host and perhaps a port"),
        ("corsOrigins", "https://example.com/", "is not a scheme, a host"),
        ("corsOrigins", "https://ex*.com", "is not a scheme, a host"),
        ("corsOrigins", "null", "is not a scheme, a host"),
        ("corsOrigins", 'https://a.b"; x', "is not a scheme, a host"),
        ("corsOrigins", "https://a.b\nX: y", "is not a scheme, a host"),
        ("corsOrigins", "https://example.com:443", "the default port, which browsers"),
        ("corsOrigins", "http://example.com:80", "the default port, which browsers"),
        ("corsOrigins", "https://example.com:70000", "has no valid port"),
        ("corsOrigins", "*,https://example.com", "'*' already includes all others"),
        ("corsOrigins", "https://a.b,https://A.b", "'https://a.b' is listed twice"),
    ],
)
def test_a_wrong_value_is_reported_with_its_rule(
    key: str, value: str, reason: str
) -> None:
    (mistake,) = [one for one in _mistakes(ON | {key: value}) if f" {key}=" in one]
    assert mistake.startswith(f"context {key}={value!r}: must be ")
    assert reason in mistake


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("Images.Example.com", ("images.example.com",)),
        ("a.example.com , *.b.co", ("a.example.com", "*.b.co")),
        ("xn--bcher-kva.example", ("xn--bcher-kva.example",)),
        (f"{'a' * 63}.example.com", (f"{'a' * 63}.example.com",)),
    ],
)
def test_domain_names_are_accepted(text: str, names: tuple[str, ...]) -> None:
    assert domain_names(text) == names


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("*", ("*",)),
        ("https://Example.com", ("https://example.com",)),
        ("https://*.example.com", ("https://*.example.com",)),
        (
            "http://localhost:3000, https://a.b:8443",
            ("http://localhost:3000", "https://a.b:8443"),
        ),
    ],
)
def test_origins_are_accepted(text: str, origins: tuple[str, ...]) -> None:
    assert cors_origins(text) == origins


@given(st.text())
def test_no_text_breaks_a_parser(text: str) -> None:
    """Of a setting that is read without a file."""
    for key in ("domainNames", "certificate", "webAcl", "corsOrigins"):
        try:
            parsed = SETTINGS[key].parse(text)
        except ValueError:
            continue
        shown = str(parsed)
        assert shown.isascii()
        assert shown.isprintable()


def test_a_name_needs_a_certificate_and_a_certificate_a_name() -> None:
    (mistake,) = _mistakes(ON | {"domainNames": "a.example.com,b.example.com"})
    assert "domainNames='a.example.com,b.example.com': needs a certificate" in mistake
    (mistake,) = _mistakes(ON | {"certificate": CERTIFICATE})
    assert "context certificate: has no effect without domainNames" in mistake
    found = read(
        ON | {"domainNames": "a.example.com", "certificate": CERTIFICATE}, SIZES
    )
    assert found.certificate == CERTIFICATE


@pytest.mark.parametrize(
    "context",
    [
        {"domainNames": "a.example.com", "certificate": "x"},
        {"domainNames": "x", "certificate": CERTIFICATE},
    ],
)
def test_a_mistake_in_one_is_not_reported_as_missing(context: dict[str, str]) -> None:
    (mistake,) = _mistakes(ON | context)
    assert "='x': must be" in mistake


def test_without_delivery_each_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "public.pem"
    file.write_text(pem(private_key()))
    context = {
        "domainNames": "a.example.com,b.example.com",
        "certificate": CERTIFICATE,
        "webAcl": WEB_ACL,
        "accessLogs": "true",
        "viewerKey": str(file),
        "corsOrigins": "https://a.b",
    }
    found = _mistakes(context)
    assert len(found) == len(context)
    assert all("has no effect without delivery; add -c" in one for one in found)
    assert found[0].startswith("context domainNames='a.example.com,b.example.com': ")
    assert any(one.startswith(f"context viewerKey='{file}': ") for one in found)


def test_all_mistakes_are_reported_at_once() -> None:
    context = {
        "domainNames": "x",
        "certificate": "x",
        "webAcl": "x",
        "accessLogs": "x",
        "viewerKey": "x",
        "corsOrigins": "x",
        "firewall": "x",
    }
    assert [one.split("=")[0] for one in _mistakes(ON | context)] == [
        f"context {key}" for key in context
    ]


@pytest.mark.parametrize("region", ["eu-south-1", "me-central-1", "xx-new-1"])
def test_logs_are_refused_where_cloudfront_writes_none(region: str) -> None:
    """Of a new region it is not known, and all new ones have to be enabled first."""
    context = ON | {"accessLogs": "true"}
    (mistake,) = _mistakes(context, region)
    assert f"context accessLogs='true': is not possible in {region}: " in mistake
    for other in ("", "us-east-1", "eu-central-1"):
        assert read(context, SIZES, other).access_logs


def test_the_name_of_the_firewalls_stack_is_not_too_long() -> None:
    context = {"firewall": "true", "stackName": "a" * 121}
    (mistake,) = _mistakes(context)
    assert "stackName can have 120 characters" in mistake
    assert read(context | {"stackName": "a" * 120}, SIZES).firewall


# viewerKey


def _file(folder: Path, content: str) -> dict[str, str]:
    file = folder / "key.pem"
    file.write_text(content)
    return ON | {"viewerKey": str(file)}


def test_a_public_key_is_read_in_any_of_its_forms(tmp_path: Path) -> None:
    """As OpenSSL and ssh-keygen write it, with other text around it."""
    key = private_key().public_key()
    pkcs1 = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
    ).decode()
    for content in (pem(key), pkcs1, f"Our key:\n{pem(key)}", pem(key).strip()):
        found = read(_file(tmp_path, content), SIZES).viewer_key
        assert found
        assert found.keys == (pem(key),)


def test_more_than_one_key_is_read(tmp_path: Path) -> None:
    """For the change from one key to the next."""
    keys = [pem(private_key(number)) for number in range(2)]
    found = read(_file(tmp_path, "".join(keys)), SIZES).viewer_key
    assert found
    assert list(found.keys) == keys


def _private(key: PrivateKeyTypes, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def _small() -> PublicKeyTypes:
    return rsa.RSAPublicNumbers(65_537, 2**1_023 + 1).public_key()


def _dsa() -> PublicKeyTypes:
    """It has 2,048 bits, too; to find good numbers would take seconds."""
    numbers = dsa.DSAParameterNumbers(p=2**2_047 + 1, q=2**255 + 1, g=2)
    return dsa.DSAPublicNumbers(5, numbers).public_key()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it has no '-----BEGIN PUBLIC KEY-----'"),
        ("ssh-rsa AAAAB3NzaC1yc2E", "it has no '-----BEGIN PUBLIC KEY-----'"),
        (
            "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n",
            "it has a certificate, not a public key",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "it has a damaged key",
        ),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "it has no '-----BEGIN PUBLIC KEY"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not RSA of 2048 bits"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "not RSA of 2048 bits"),
        (pem(_dsa()), "not RSA of 2048 bits"),
        (pem(_small()), "not RSA of 2048 bits"),
        (pem(private_key()) * 2, "it has the same key twice"),
        (pem(private_key()) * 6, "it has 6 keys, and CloudFront takes 5"),
        ("\N{GREEK SMALL LETTER ALPHA}", "cannot be read: it is not a text file"),
    ],
    ids=lambda value: value[:24],
)
def test_a_file_without_a_fitting_key_is_a_mistake(
    tmp_path: Path, content: str, reason: str
) -> None:
    (mistake,) = _mistakes(_file(tmp_path, content))
    assert "must be the path of a file with a public RSA key of 2048 bits" in mistake
    assert reason in mistake


@pytest.mark.parametrize(
    "form",
    [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL],
)
def test_a_private_key_is_a_mistake_and_is_not_printed(
    tmp_path: Path, form: serialization.PrivateFormat
) -> None:
    """Neither from a file nor in place of the path, also next to a public key."""
    private = _private(private_key(), form)
    secret = private.splitlines()[3]
    for content in (private, pem(private_key()) + private):
        (mistake,) = _mistakes(_file(tmp_path, content))
        assert "it has a private key, which belongs to whoever signs" in mistake
        assert secret not in mistake
    (mistake,) = _mistakes(ON | {"viewerKey": private})
    assert "this is a key itself, not the path of one" in mistake
    assert secret not in mistake


def test_what_is_not_a_file_is_a_mistake(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "none.pem", "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: it is not a file"),
        ("a\0b", "cannot be read: "),
        ("~nobody-has-this-name/public.pem", "cannot be read: "),
        ("a" * 5_000, "cannot be read: "),
    ):
        (mistake,) = _mistakes(ON | {"viewerKey": str(path)})
        assert reason in mistake
