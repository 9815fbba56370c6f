"""One check of a stack, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.terminal import check_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from resize_on_upload_cli.stack.deployment import Deployment

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """A check of one thing.

    Attributes:
        name: What is checked.
        problems: Returns what is wrong, in sentences' parts; None if a stack has no
            such thing.
        advice: What to do then; commands in it are about the stack.
    """

    name: str
    problems: Callable[[Deployment], Sequence[str] | None]
    advice: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        check: The name of the check.
        state: OK, FAILED or UNKNOWN.
        problem: What is wrong, or why it is not known.
        advice: What to do; empty if nothing is.
    """

    check: str
    state: str = OK
    problem: str = ""
    advice: str = ""

    def lines(self) -> list[str]:
        """Return it for people."""
        if self.state == OK:
            return [f"{check_mark(ok=True)} {self.check}"]
        mark = check_mark(ok=False) if self.state == FAILED else "?"
        first, *more = self.problem.split("\n")
        return [f"{mark} {self.check}: {first}", *more, f"   {self.advice}"]

    def document(self) -> dict[str, Any]:
        """Return it as `doctor --json` prints it; this machine was not checked."""
        of_this_machine: dict[str, Any] = {
            "imagemagick": None,
            "libraries": [],
            "walls": {},
        }
        return {
            "check": self.check,
            "state": self.state,
            "message": self.problem or None,
            "ok": self.state == OK,
            "problem": self.problem or None,
            "advice": self.advice or None,
            **of_this_machine,
            "rows": None,
            "jxl": None,
        }
