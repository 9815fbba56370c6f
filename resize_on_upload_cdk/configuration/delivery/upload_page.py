"""The settings of the upload page, and what they need of each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.upload_page.access import Access
from resize_on_upload.upload_page.handler import ROOT
from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.setting import Setting, choice, switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX = re.compile(r"([A-Za-z0-9_-]{1,64}/){1,8}")

SETTINGS: dict[str, Setting] = {
    "uploadPage": switch(
        "false",
        "with `delivery`: serve a [page to upload with](upload-page.md#on-aws) at "
        "`<Url>upload/`",
    ),
    "uploadAccess": choice(
        tuple(map(str, Access)),
        str(Access.TOKEN),
        "with `uploadPage`: what the page asks for: `token`, a secret, or `iam`, a "
        "pass that whoever may invoke the page's function gets",
    ),
    "uploadPrefix": Setting(
        parsers.matching(_PREFIX),
        (
            "must be folders of letters, digits, - and _, with a / at the end, "
            "for example uploads/"
        ),
        "with `uploadPage`: what the keys of its uploads begin with",
        "uploads/",
    ),
    "uploadConcurrency": Setting(
        parsers.none_or(parsers.whole_number(1, 1_000)),
        (
            "must be 1 to 1000 (invocations), or none for the account's limit only, "
            "for example 5"
        ),
        "with `uploadPage`: most requests that the page's function serves at the same "
        "time; `none` if the account's limit is too low to reserve a part of it",
        "5",
    ),
}


def mistakes(values: Mapping[str, Any], sizes: str) -> Iterator[str]:
    """Mistakes in these settings together, with delivery.

    Args:
        values: All settings, by context key; None if a setting is not valid.
        sizes: The text of sizes.json; empty if it has mistakes.
    """
    if values["uploadPage"] is None:  # not valid, which has been reported
        return
    if values["uploadPage"]:
        yield from _taken_names(sizes)
        return
    for key, setting in SETTINGS.items():
        if values[key] not in (None, setting.parse(setting.default)):
            yield (
                f"context {key}={values[key]!r}: has no effect without uploadPage; add "
                "-c uploadPage=true, or remove it"
            )


def _taken_names(sizes: str) -> Iterator[str]:
    name = ROOT.strip("/")
    if sizes and any(size.name == name for size in parser.parse(sizes)):
        yield (
            f"config/sizes.json: a size cannot have the name {name!r}, as the upload "
            f"page is at /{name}/; choose another name, or turn uploadPage off"
        )
