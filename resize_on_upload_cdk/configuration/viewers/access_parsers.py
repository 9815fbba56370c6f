"""Parsers of the settings that say who reaches images, and under which names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DOMAIN_NAMES = 100
"""Of a distribution:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""

CLOUDFRONT_REGION = "us-east-1"
"""Has the certificates and web ACLs that CloudFront uses, for stacks of all regions."""

_MAX_NAME = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP_LEVEL = r"[a-z][a-z0-9-]{0,61}[a-z0-9]"
_DOMAIN = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+{_TOP_LEVEL}")
_ORIGIN = re.compile(
    rf"(?P<scheme>https?)://(?:\*\.)?{_LABEL}(?:\.{_LABEL})*"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_PORT = 65_535
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CERTIFICATE = re.compile(
    rf"arn:aws:acm:(?P<region>[a-z0-9-]+):[0-9]{{12}}:certificate/{_ID}"
)
_WEB_ACL = re.compile(
    r"arn:aws:wafv2:(?P<region>[a-z0-9-]+):[0-9]{12}:(?P<scope>global|regional)/webacl/"
    rf"[A-Za-z0-9_-]{{1,128}}/{_ID}"
)


def domain_names(text: str) -> tuple[str, ...]:
    """The names of a distribution; URLs use the first."""
    names = _listed(text)
    if not names:
        return ()
    for name in names:
        if problem := _problem_of_name(name):
            raise ValueError(text, problem)
    if names[0].startswith("*"):
        problem = "the first name is the one in URLs, so it cannot have a *"
        raise ValueError(text, problem)
    if len(names) > MAX_DOMAIN_NAMES:
        problem = f"CloudFront takes {MAX_DOMAIN_NAMES} at most, not {len(names)}"
        raise ValueError(text, problem)
    return names


def base_url(names: Sequence[str]) -> str:
    """What URLs of a distribution with these names begin with; empty without names."""
    return f"https://{names[0]}/" if names else ""


def certificate(text: str) -> str:
    """The ARN of a certificate that CloudFront can use; may be empty."""
    found = _CERTIFICATE.fullmatch(text)
    if not text:
        return ""
    if not found:
        raise ValueError(text)
    if found["region"] != CLOUDFRONT_REGION:
        problem = (
            f"this one is in {found['region']}, and CloudFront uses certificates of "
            f"{CLOUDFRONT_REGION} only: request another there"
        )
        raise ValueError(text, problem)
    return text


def web_acl(text: str) -> str:
    """The ARN of a web ACL that CloudFront can use."""
    found = _WEB_ACL.fullmatch(text)
    if not found:
        raise ValueError(text)
    if found["scope"] != "global" or found["region"] != CLOUDFRONT_REGION:
        problem = (
            f"this one has the scope REGIONAL, in {found['region']}: "
            "-c firewall=true makes one for CloudFront"
        )
        raise ValueError(text, problem)
    return text


def cors_origins(text: str) -> tuple[str, ...]:
    """The origins of pages that may read pixels; `*` for all."""
    origins = _listed(text)
    if origins == ("*",):
        return origins
    for origin in origins:
        if problem := _problem_of_origin(origin):
            raise ValueError(text, problem)
    return origins


def _listed(text: str) -> tuple[str, ...]:
    """What is between the commas.

    Raises:
        ValueError: a text is listed twice, is missing, or is not ASCII.
    """
    if not text:
        return ()
    if not text.isascii():
        raise ValueError(text, "write names as browsers do, in ASCII: xn--…")
    texts = tuple(one.strip().lower() for one in text.split(","))
    twice = [one for one, count in Counter(texts).items() if count > 1]
    if "" in texts:
        raise ValueError(text, "there is a comma too many")
    if twice:
        raise ValueError(text, f"{twice[0]!r} is listed twice")
    return texts


def _problem_of_name(name: str) -> str | None:
    if "/" in name:
        return f"{name!r} is a URL: write the name in it only"
    if len(name) > _MAX_NAME or not _DOMAIN.fullmatch(name):
        return f"{name!r} is not a domain name"
    if f".{name}".endswith(".cloudfront.net"):
        return f"{name!r} is a name of CloudFront's, which it gives out itself"
    return None


def _problem_of_origin(origin: str) -> str | None:
    if origin == "*":
        return "'*' already includes all others"
    found = _ORIGIN.fullmatch(origin)
    if not found:
        return f"{origin!r} is not a scheme, a host and perhaps a port"
    port = found["port"]
    if port and int(port) > _MAX_PORT:
        return f"{origin!r} has no valid port"
    if port == _DEFAULT_PORTS[found["scheme"]]:
        return f"{origin!r} names the default port, which browsers leave out"
    return None
