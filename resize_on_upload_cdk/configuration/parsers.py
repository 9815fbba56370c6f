"""Parsers of settings: each returns the value of a text, or raises ValueError."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from resize_on_upload.storage import carry_over
from resize_on_upload_cdk.configuration import cache_control

if TYPE_CHECKING:
    from collections.abc import Callable

    Parser: TypeAlias = Callable[[str], Any]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{1,53}")
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
# A policy's resource must be a key: IAM does not resolve aliases.
KMS_KEY = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/"
    r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
# https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
IMAGE_URI = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/"
    r"[a-z0-9._/-]{2,256}(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})"
)
IMAGE_REFRESH = re.compile(r"[A-Za-z0-9._-]{0,64}")
_HEADER = re.compile(r"[ -~]{0,200}")


def whole_number(minimum: int, maximum: int) -> Parser:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        value = int(text)
        if not minimum <= value <= maximum:
            raise ValueError(text)
        return value

    return parse


def optional(parse: Parser) -> Parser:
    """As `parse`; None if the text is empty."""
    return lambda text: parse(text) if text else None


def none_or(parse: Parser) -> Parser:
    """As `parse`; None if the text is `none`."""
    return lambda text: None if text == "none" else parse(text)


def one_of(values: tuple[Any, ...], parse: Parser = str) -> Parser:
    """One of these values."""
    return lambda text: values[values.index(parse(text))]


def matching(pattern: re.Pattern[str]) -> Parser:
    """A text that the whole pattern matches."""

    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return parse


def boolean(text: str) -> bool:
    """Read true or false."""
    return ("false", "true").index(text.lower()) == 1


def carried_over(text: str) -> str:
    """Check the names that `carryOver` lists."""
    return ",".join(carry_over.parse(text))


def cache_control_header(text: str) -> str:
    """Check the length and the directives of a Cache-Control header."""
    return cache_control.parse(matching(_HEADER)(text))
