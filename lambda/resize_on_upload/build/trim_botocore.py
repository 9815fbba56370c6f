"""Reduce botocore's data to what the function calls: `python trim_botocore.py FOLDER`.

botocore parses its data at every cold start, and most of that is other services,
other operations and documentation.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Iterable

METHODS = {
    "s3": (
        "head_object",
        "get_object",
        "get_object_tagging",
        "put_object",
        "delete_object",
        "head_bucket",  # called by botocore if a bucket is in another region
        "create_bucket",  # read by botocore for the address of a presigned form
    ),
    "sqs": ("send_message",),
    "events": ("put_events",),
    "lambda": ("invoke",),
    "cloudfront": ("create_invalidation",),
    "ssm": ("get_parameter",),
    "secretsmanager": ("get_secret_value",),
}
"""Service → the methods of its client that the function calls."""

_MODEL, _RULES = "service-2", "endpoint-rule-set-1"
_TEXTS = ("documentation", "documentationUrl")


class UnknownMethodError(Exception):
    """METHODS has a method that botocore does not know."""


def main() -> None:
    """Replace the folder by its trimmed form."""
    folder = Path(sys.argv[1])
    trimmed = folder.with_name("trimmed")
    trim(folder, trimmed)
    shutil.rmtree(folder)
    trimmed.rename(folder)


def trim(data: Path, target: Path) -> None:
    """Write what is needed of `data` to `target`.

    Raises:
        UnknownMethodError: METHODS does not fit this botocore.
    """
    loader = Loader([str(data)], include_default_search_paths=False)
    prefixes = set()
    for service, methods in METHODS.items():
        version = loader.determine_latest_version(service, _MODEL)
        complete = loader.load_service_model(service, _MODEL, version)
        model = _reduced(service, complete, methods)
        rules = loader.load_service_model(service, _RULES, version)
        _write(target / service / version / f"{_MODEL}.json", model)
        _write(target / service / version / f"{_RULES}.json", rules)
        prefixes.add(model["metadata"]["endpointPrefix"])
    for file in data.glob("*.json"):
        _write(target / file.name, json.loads(file.read_text()))
    endpoints = json.loads((data / "endpoints.json").read_text())
    _write(target / "endpoints.json", _endpoints_of(prefixes, endpoints))


def _reduced(
    service: str, model: dict[str, Any], methods: Iterable[str]
) -> dict[str, Any]:
    """A service's model with these operations, and the shapes they refer to."""
    by_method = {xform_name(name): name for name in model["operations"]}
    if unknown := set(methods) - by_method.keys():
        msg = f"{service}: {', '.join(sorted(unknown))}"
        raise UnknownMethodError(msg)
    names = [by_method[method] for method in methods]
    operations = {name: model["operations"][name] for name in names}
    shapes = model["shapes"]
    found: set[str] = set()
    wanted = _shape_names(operations)
    while wanted:
        found |= wanted
        wanted = _shape_names([shapes[name] for name in wanted]) - found
    kept = {name: shape for name, shape in shapes.items() if name in found}
    return model | {"operations": operations, "shapes": kept}


def _shape_names(part: Any) -> set[str]:
    """The shapes that a part of a model refers to."""
    if isinstance(part, list):
        return set().union(*map(_shape_names, part))
    if not isinstance(part, dict):
        return set()
    name = part.get("shape")
    inside = _shape_names(list(part.values()))
    return inside | {name} if isinstance(name, str) else inside


def _endpoints_of(prefixes: set[str], endpoints: dict[str, Any]) -> dict[str, Any]:
    """The endpoints of some services, in every partition."""
    partitions = [
        partition
        | {
            "services": {
                k: v for k, v in partition["services"].items() if k in prefixes
            }
        }
        for partition in endpoints["partitions"]
    ]
    return endpoints | {"partitions": partitions}


def _undocumented(part: Any) -> Any:
    """Without texts, but with the keys of those that botocore reads."""
    if isinstance(part, list):
        return [_undocumented(value) for value in part]
    if not isinstance(part, dict):
        return part
    # A shape may have a member called "documentation"; that is not a text.
    return {
        name: "" if name in _TEXTS and isinstance(value, str) else _undocumented(value)
        for name, value in part.items()
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(_undocumented(content), separators=(",", ":")))


if __name__ == "__main__":
    main()
