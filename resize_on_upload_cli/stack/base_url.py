"""Where a deployed stack serves variants: its output, or a variable in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from resize_on_upload_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

URL_VARIABLE = "RESIZE_ON_UPLOAD_URL"
"""An environment variable: where variants are served, in place of the output `Url`.
`make local` prints it, as the local cloud's names of distributions lead nowhere."""


def base_url(outputs: Mapping[str, str]) -> str | None:
    """Return it with a slash at its end; None if the stack has no delivery.

    Raises:
        UsageError: the variable is not a URL.
    """
    deployed, given = outputs.get("Url"), os.environ.get(URL_VARIABLE)
    if deployed is None:
        return None
    if given and not given.startswith(("https://", "http://")):
        msg = (
            f"{URL_VARIABLE} is {given!r}, which does not begin with https:// or "
            "http://: correct it, or unset it to use the stack's own URL"
        )
        raise UsageError(msg)
    return (given or deployed).removesuffix("/") + "/"
