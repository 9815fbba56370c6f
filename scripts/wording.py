"""`make lint`: find phrases that have a plainer wording, listed in wording.toml."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
LIST = Path(__file__).with_suffix(".toml")
_SPACE = r"(?:\s|#|//)+"  # a phrase may be broken across lines, in a comment, too


@dataclass
class Allowed:
    """An exception: lines of a file (a glob) that contain a text."""

    file: str
    text: str
    why: str
    used: bool = field(default=False, init=False)

    def covers(self, file: str, line: str) -> bool:
        """Return whether the exception applies to a line, and remember that it did."""
        applies = Path(file).match(self.file) and self.text in line
        self.used |= applies
        return applies


def main() -> int:
    """Print the findings in this repository; return 1 if there are any."""
    findings = list(check(ROOT, tomllib.loads(LIST.read_text(encoding="utf-8"))))
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    return int(bool(findings))


def check(root: Path, rules: dict[str, Any]) -> Iterator[str]:
    """Yield a line per finding in the files below root, and per unused exception."""
    phrases = [(_pattern(text), f"{to} ({why})") for text, to, why in rules["phrases"]]
    allowed = [Allowed(**entry) for entry in rules["allowed"]]
    files = {file for glob in rules["files"] for file in root.glob(glob)}
    for file in sorted(files - {LIST}):
        name, text = str(file.relative_to(root)), file.read_text(encoding="utf-8")
        yield from _findings(name, text, phrases, allowed)
    for entry in allowed:
        if not entry.used:
            yield f"{LIST.name}: remove the exception {entry.text!r} of {entry.file}"


def _pattern(phrase: str) -> re.Pattern[str]:
    spaced = phrase.replace(" ", _SPACE)
    return re.compile(rf"\b(?:{spaced})\b", re.IGNORECASE)


def _findings(
    name: str,
    text: str,
    phrases: list[tuple[re.Pattern[str], str]],
    allowed: list[Allowed],
) -> Iterator[str]:
    lines = text.splitlines()
    for pattern, advice in phrases:
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start())
            if not any(entry.covers(name, lines[line]) for entry in allowed):
                found = re.sub(_SPACE, " ", match[0])
                yield f"{name}:{line + 1}: {found!r}: {advice}"


if __name__ == "__main__":
    sys.exit(main())
