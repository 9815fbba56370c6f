"""What a policy consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy.

    Attributes:
        actions: What is allowed.
        resources: On what.
        condition: As in the policy; empty for none.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: tuple[str, str, str] | tuple[()] = ()

    def document(self) -> dict[str, Any]:
        """As in the policy."""
        found: dict[str, Any] = {
            "Effect": "Allow",
            "Action": _one_or_more(self.actions),
            "Resource": _one_or_more(self.resources),
        }
        if self.condition:
            test, key, value = self.condition
            found["Condition"] = {test: {key: value}}
        return found


@dataclass(frozen=True, slots=True)
class Group:
    """The permissions for some commands.

    Attributes:
        commands: Those of resize-on-upload.
        meaning: For the document.
    """

    name: str
    commands: tuple[str, ...]
    meaning: str
    statements: tuple[Statement, ...]

    def policy(self) -> dict[str, Any]:
        """The policy to paste."""
        return {
            "Version": "2012-10-17",
            "Statement": [one.document() for one in self.statements],
        }


def _one_or_more(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
