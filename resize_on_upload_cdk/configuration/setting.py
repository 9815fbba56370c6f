"""What a setting is, and the kinds that occur more than once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload_cdk.configuration import parsers

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.parsers import Parser


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the CDK context.

    Attributes:
        parse: Text → value; raises ValueError if the text is not valid. A second
            argument of the error is added to the message.
        rule: What a valid text looks like, with an example.
        meaning: For the documents, in Markdown.
        default: The text if the key is not set.
        default_shown: The default in the documents, if the text does not explain it.
    """

    parse: Parser
    rule: str
    meaning: str
    default: str = ""
    default_shown: str = ""


def switch(default: str, meaning: str) -> Setting:
    """A setting that is true or false."""
    return Setting(parsers.boolean, "must be true or false", meaning, default)


def choice(values: tuple[str, ...], default: str, meaning: str) -> Setting:
    """A setting with a few values."""
    rule = f"must be one of {', '.join(values)}"
    return Setting(parsers.one_of(values), rule, meaning, default)


def kms_key(meaning: str) -> Setting:
    """The ARN of a key; None if empty."""
    return Setting(
        parsers.optional(parsers.matching(parsers.KMS_KEY)),
        (
            "must be the ARN of a KMS key, not of an alias, "
            "for example arn:aws:kms:eu-central-1:"
            "111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        meaning,
    )
