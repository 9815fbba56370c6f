"""Check commands that documents show, without running them."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import Session

from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cli import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_THE_CLI_ALONE = {
    ("logs", "tail"): {"since", "filter-pattern", "follow"},
    ("s3", "cp"): {"metadata", "metadata-directive"},
}
"""Commands that only the AWS CLI has, and their options."""

_SERVICES = {"s3api": "s3"}
"""Names of services in the AWS CLI that are others in the SDK."""

_GLOBAL = {"region", "profile", "output"}
_SESSION = Session()


def shown(document: str) -> Iterator[str]:
    """Every command in a block of shell, on one line, without its comment."""
    for block in re.findall(r"```sh\n(.*?)```", document, re.DOTALL):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            command = re.split(r"\s+# ", line)[0].strip()
            yield from command.split(" && ") if command else ()


def check(command: str) -> None:
    """Fail if a command would be refused before it does anything."""
    for inner in re.findall(r"\$\(([^()]*)\)", command):
        check(inner)
    program, *words = shlex.split(command)
    if program == "resize-on-upload":
        parser.parse(words)
    elif program == "aws":
        _check_aws(*words)
    elif command.startswith("npx cdk "):
        _check_cdk(*words[1:])
    else:
        assert program in ("git", "pip", "npm"), command


def _check_aws(service: str, operation: str, *arguments: str) -> None:
    options = {word[2:] for word in arguments if word.startswith("--")} - _GLOBAL
    if known := _OF_THE_CLI_ALONE.get((service, operation)):
        assert options <= known, options - known
        return
    try:
        model = _SESSION.get_service_model(_SERVICES.get(service, service))
    except UnknownServiceError as error:
        raise AssertionError(service) from error
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, (service, operation)
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-") for name in (shape.members if shape else ())}
    assert options <= members, (service, operation, options - members)
    required = {
        xform_name(one, "-") for one in (shape.required_members if shape else ())
    }
    assert required <= options, (service, operation, required - options)


def _check_cdk(command: str, *arguments: str) -> None:
    assert command in ("deploy", "diff", "synth", "destroy", "bootstrap"), command
    for flag, value in pairwise(arguments):
        if flag == "-c":
            key, _, text = value.partition("=")
            SETTINGS[key].parse(text)
