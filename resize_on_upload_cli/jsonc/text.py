"""Strings and words: what is in quotes, and what should be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.jsonc.scanner import QUOTES

if TYPE_CHECKING:
    from resize_on_upload_cli.jsonc.document import Span
    from resize_on_upload_cli.jsonc.scanner import Scanner

MAX_NUMBER = 400
"""Characters of a number; Python refuses to read integers of more than 4,300."""

_MAX_LOOSE = 300
"""Characters of what is nearly a number; with more, it may be infinite."""

_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9a-fA-F]{4}", re.ASCII)
_LOW_SURROGATE = re.compile(r"\\u[dD][c-fC-F][0-9a-fA-F]{2}", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LOOSE_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)", re.ASCII)
_ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_LITERALS = {"true": True, "false": False, "null": None}
_MEANT = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
    **dict.fromkeys(("null", "none", "nil", "undefined"), "null"),
}
_NOT_NUMBERS = ("nan", "infinity", "-infinity", "inf", "-inf")


def string(scanner: Scanner) -> str:
    """Read a string, whichever quotes it has."""
    if scanner.next != '"':
        return _other_quotes(scanner)
    start = scanner.at
    scanner.at += 1
    parts = []
    while True:
        parts.append(scanner.match(_PLAIN))
        if scanner.accept('"'):
            return "".join(parts)
        if scanner.next in ("", "\n", "\r"):
            raise scanner.stop(start, scanner.at, 'this text has no closing ".')
        parts.append(_escape(scanner) if scanner.next == "\\" else _control(scanner))


def _other_quotes(scanner: Scanner) -> str:
    start, is_single = scanner.at, scanner.next == "'"
    closing = "'" if is_single else f'{QUOTES}"'
    scanner.at += 1
    text = scanner.match(re.compile(rf"[^{closing}\r\n]*"))
    if scanner.next in ("", "\n", "\r"):
        raise scanner.stop(start, scanner.at, "this text has no closing quote.")
    scanner.at += 1
    kind = "single" if is_single else "typographic"
    message = f"{kind} quotes are not JSON; write {quoted(text)}."
    scanner.report(start, scanner.at, message)
    return text


def _control(scanner: Scanner) -> str:
    """A control character, which JSON has as an escape only."""
    found = scanner.next
    scanner.at += 1
    message = f"a control character in a text is written {json.dumps(found)[1:-1]}."
    scanner.report(scanner.at - 1, scanner.at, message)
    return found


def _escape(scanner: Scanner) -> str:
    start = scanner.at
    scanner.at += 1
    letter = scanner.next
    if letter in ("", "\n", "\r"):
        return ""
    scanner.at += 1
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    code = scanner.match(_HEX) if letter == "u" else ""
    if not code:
        message = f"\\{letter} is not an escape; write \\\\{letter}, or / in a path."
        scanner.report(start, scanner.at, message)
        return f"\\{letter}"
    if code[0] in "dD" and code[1] in "89abAB":  # half a character
        code += scanner.match(_LOW_SURROGATE)
    found = json.loads(f'"\\u{code}"')
    return str(found)


def word(scanner: Scanner) -> Any:
    """Read what is not in quotes: a number, true, false or null."""
    span, text = scanner.word()
    if text in _LITERALS:
        return _LITERALS[text]
    if len(text) <= MAX_NUMBER and _NUMBER.fullmatch(text):
        return json.loads(text)
    return _report(scanner, span, text)


def key(scanner: Scanner) -> str:
    """Read a key; one without quotes is a mistake."""
    if scanner.next == '"' or scanner.next in f"'{QUOTES}":
        return string(scanner)
    span, text = scanner.word()
    if not text:
        message = 'a key in quotes was expected here, as in "sizes": [...].'
        raise scanner.stop(span.start, span.start + 1, message)
    scanner.report(*span, f"a key needs quotes; write {quoted(text)}.")
    return text


def _report(scanner: Scanner, span: Span, text: str) -> Any:
    """A word that is not JSON: what it was probably meant to be."""
    if not text:
        message = "a value was expected here."
        raise scanner.stop(span.start, span.start + 1, message)
    if meant := _MEANT.get(text.lower()):
        scanner.report(*span, f"{text} is not JSON; write {meant}.")
        return _LITERALS[meant]
    if text.lower() in _NOT_NUMBERS:
        scanner.report(*span, f"{text} is not a number in JSON; write a finite one.")
        return None
    if len(text) > _MAX_LOOSE and text[0] in "+-.0123456789":
        message = f"this number has {len(text)} characters; write a shorter one."
        scanner.report(*span, message)
        return None
    if _LOOSE_NUMBER.fullmatch(text):
        found = _number(text)
        scanner.report(*span, f"{text} is not a number in JSON; write {found}.")
        return found
    scanner.report(*span, f"text needs quotes; write {quoted(text)}.")
    return text


def _number(text: str) -> int | float:
    text = text.replace("_", "")
    return float(text) if "." in text else int(text)


def quoted(text: str) -> str:
    """A text in quotes, not too long for a message."""
    shown = text if len(text) <= MAX_NUMBER else f"{text[:MAX_NUMBER]}..."
    return json.dumps(shown, ensure_ascii=False)
