"""Fill in the parameters of a template, as CloudFormation does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.support.templates import Document

_NOTHING = {"Ref": "AWS::NoValue"}


def filled_in(template: Document, values: Mapping[str, str]) -> Document:
    """The resources and outputs that a template has with these values.

    Args:
        template: With or without parameters.
        values: Of parameters without a default, and of pseudo parameters.
    """
    parameters = template.get("Parameters", {})
    defaults = {
        name: one["Default"] for name, one in parameters.items() if "Default" in one
    }
    known = _Known({**defaults, **values}, template.get("Conditions", {}))
    return {
        section: {
            name: known.value({k: v for k, v in one.items() if k != "Condition"})
            for name, one in template[section].items()
            if known.holds(one.get("Condition"))
        }
        for section in ("Resources", "Outputs")
    }


class _Known:
    def __init__(self, values: Mapping[str, str], conditions: Document) -> None:
        self._values, self._conditions = values, conditions

    def holds(self, condition: str | None) -> bool:
        """Whether a condition is true; no condition is."""
        if condition is None:
            return True
        ((equals,),) = self._conditions[condition].values()
        left, right = equals["Fn::Equals"]
        return bool(self.value(left) != self.value(right))  # all are `Fn::Not`

    def value(self, document: Any) -> Any:
        """The document without references to what is known; all numbers as text."""
        match document:
            case {"Ref": name} if name in self._values:
                return self._values[name]
            case {"Fn::If": [condition, then, otherwise]}:
                return self.value(then if self.holds(condition) else otherwise)
            case {"Fn::Join": [separator, parts]}:
                return self._joined(separator, parts)
            case bool() | None:
                return document
        return self._within(document)

    def _within(self, document: Any) -> Any:
        if isinstance(document, dict):
            pairs = ((key, self.value(value)) for key, value in document.items())
            return {key: value for key, value in pairs if value != _NOTHING}
        if isinstance(document, list):
            return [self.value(one) for one in document]
        return str(document)

    def _joined(self, separator: str, parts: list[Any]) -> Any:
        """One text, if nothing in it is unknown."""
        found: list[Any] = []
        for part in _flat(self.value(one) for one in parts):
            if found and isinstance(part, str) and isinstance(found[-1], str):
                found[-1] += separator + part
            else:
                found.append(part)
        return found[0] if len(found) == 1 else {"Fn::Join": [separator, found]}


def _flat(parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        match part:
            case {"Fn::Join": ["", inner]}:
                yield from inner
            case _:
                yield part
