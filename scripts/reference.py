"""Write the tables of docs/configuration.md from the code: `make reference`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload_cdk.configuration.context import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "config" / "sizes.schema.json"


def main() -> None:
    """Update the document."""
    DOCUMENT.write_text(written(DOCUMENT.read_text()))


def written(document: str) -> str:
    """Return the document with its tables updated from the code."""
    for name, rows in (("sizes", _sizes()), ("settings", _settings())):
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        before, rest = document.split(begin)
        _, after = rest.split(end, 1)
        document = f"{before}{begin}{_table(rows)}{end}{after}"
    return document


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    lines = (f"| `{key}` | {default} | {meaning} |" for key, default, meaning in rows)
    return "\n".join(("| key | default | meaning |", "|---|---|---|", *lines, ""))


def _settings() -> Iterator[tuple[str, str, str]]:
    for key, setting in SETTINGS.items():
        literal = f"`{setting.default}`" if setting.default else ""
        yield key, setting.default_shown or literal, setting.meaning


def _sizes() -> Iterator[tuple[str, str, str]]:
    """Yield the keys of a size, then those of the top level only."""
    schema = json.loads(SCHEMA.read_text())
    one = schema["properties"]["sizes"]["items"]["anyOf"][1]["properties"]
    whole = schema["properties"]
    for key, entry in (*one.items(), *whole.items()):
        if entry is whole.get(key) and (key in one or key in ("$schema", "sizes")):
            continue
        yield _size(key, schema["$defs"].get(key, entry))


def _size(key: str, entry: dict[str, Any]) -> tuple[str, str, str]:
    default = f"`{json.dumps(entry['default'])}`" if "default" in entry else ""
    values = ", ".join(f"`{_shown(value)}`" for value in entry.get("enum", ()))
    choices = f" One of {values}." if values else ""
    meaning = entry["description"].replace("|", "\\|").replace("<", "&lt;")
    return key, default, meaning + choices


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    main()
