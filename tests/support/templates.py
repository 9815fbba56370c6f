"""Read a synthesized CloudFormation template."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

Synth = Callable[..., Document]
"""CDK context as keyword arguments → the template."""


def resources(template: Document, kind: str) -> Iterator[Document]:
    """The properties of every resource of a type."""
    for resource in template["Resources"].values():
        if resource["Type"] == kind:
            yield resource["Properties"]


def text(value: Any) -> str:
    """An ARN or a name, with CloudFormation's functions as `<Name>`."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
    raise AssertionError(value)


def as_list(value: Any) -> list[Any]:
    """Of a policy's field that may be one string or a list."""
    return value if isinstance(value, list) else [value]


def grants(document: Document) -> dict[str, tuple[set[str], str]]:
    """Sid → actions and resource, of every policy in the template."""
    found: dict[str, tuple[set[str], str]] = {}
    for policy in resources(document, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            listed = {actions} if isinstance(actions, str) else set(actions)
            found[statement.get("Sid", "")] = (listed, text(statement["Resource"]))
    return found


def alarms(template: Document) -> dict[str, Document]:
    """Alarms by the name used in the documents."""
    return {
        name.removeprefix("Monitoring")[:-8]: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def functions(template: Document) -> dict[str, Document]:
    """The properties of the two functions: `Resizer` and `OnRequest`."""
    return {
        start: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
        for start in ("Resizer", "OnRequest")
        if name.startswith(start)
    }


def distribution(template: Document) -> Document:
    """The configuration of the CloudFront distribution."""
    (found,) = resources(template, "AWS::CloudFront::Distribution")
    return dict(found["DistributionConfig"])
