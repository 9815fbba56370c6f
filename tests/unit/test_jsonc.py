"""JSON with comments: it reads what `json` reads, and shows where mistakes are."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload_cli.jsonc import encoding
from resize_on_upload_cli.jsonc.document import Span
from resize_on_upload_cli.jsonc.excerpt import MAX_WIDTH, Source
from resize_on_upload_cli.jsonc.reader import MAX_DEPTH, read
from resize_on_upload_cli.jsonc.scanner import MAX_MISTAKES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
COMMENTS = st.sampled_from(
    ["", " ", "\n", "\t", "// a, ] } \" '\n", '/* , ] } " // */', "/**/", "/***/\r\n"]
)


def _mistakes(text: str) -> list[tuple[str, str]]:
    """What is marked, and the message."""
    found = read(text).mistakes
    return [(text[one.span.start : one.span.end], one.message) for one in found]


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_valid_json_is_read_as_json_reads_it(
    value: Any,
    ascii_only: bool,  # noqa: FBT001 - drawn
    indent: int | str | None,
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = read(text)
    assert found.mistakes == ()
    assert repr(found.value) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-0", "1e5", "-1.5E+3", "1e400", "0.1", "1" * 300),
        *(r'"\ud83d\ude00"', r'"\ud800"', r'"\ud800\u0041"', r'"\ude00\ud83d"'),
        *(r'"\"\\\/\b\f\n\r\t"', '"\u2028 \u00a0"', '{"": {"": []}}', " [ ] "),
    ],
)
def test_edges_of_json_are_read_as_json_reads_them(text: str) -> None:
    assert read(text).mistakes == ()
    assert read(text).value == json.loads(text)


@given(VALUES, st.data())
def test_comments_and_trailing_commas_change_nothing(
    value: Any, data: st.DataObject
) -> None:
    """Between any two tokens."""
    plain = json.dumps(value)
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\[\]{}:,"\s]+', plain)
    text = data.draw(COMMENTS)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        text += token + data.draw(COMMENTS)
        if following in ("]", "}") and token not in ("[", "{"):
            text += data.draw(st.sampled_from(["", ","])) + data.draw(COMMENTS)
    found = read(text)
    assert found.mistakes == ()
    assert repr(found.value) == repr(json.loads(plain))


@settings(max_examples=300)
@given(st.text(alphabet="[]{}:,\"'/*#\\ \n\t01.-eExu“”\u00a0\ud800tn", max_size=40))
def test_whatever_json_refuses_is_a_mistake(text: str) -> None:
    """And what has none is valid JSON, but for comments and trailing commas."""
    found = read(text)
    assert found.is_complete or found.mistakes
    assert all(
        0 <= one.span.start <= one.span.end <= len(text) + 1 for one in found.mistakes
    )
    source = Source(text)
    for one in found.mistakes:
        assert source.position(one.span)
        assert len(source.excerpt(one.span)) == 2
    if not found.mistakes and not re.search(r"//|/\*|,\s*[\]}]", text):
        assert repr(found.value) == repr(json.loads(text))


@given(VALUES)
def test_every_place_is_remembered(value: Any) -> None:
    """Reading what is at a place gives the value at that place."""
    text = json.dumps({"a": value, "b": [value]}, indent=1)
    found = read(text)
    for place in ("a", "b[0]"):
        span = found.values[place]
        assert json.loads(text[span.start : span.end]) == value
    assert text[slice(*found.keys["b"])] == '"b"'


# text, what is marked, part of the message, what is read in its place
CONTINUED: list[tuple[str, str, str, Any]] = [
    ('["1x" "2x"]', " ", "a comma is missing here", ["1x", "2x"]),
    ('["1x"\n"2x"]', "\n", "a comma is missing here", ["1x", "2x"]),
    ('[{"a": 1}{"b": 2}]', "{", "a comma is missing", [{"a": 1}, {"b": 2}]),
    ('{"a": 1 "b": 2}', " ", "a comma is missing", {"a": 1, "b": 2}),
    ("[1,,2]", ",", "one comma too many", [1, 2]),
    ("[,1]", ",", "one comma too many", [1]),
    ("[1,,]", ",", "one comma too many", [1]),
    ("{,}", ",", "one comma too many", {}),
    ("[150x]", "150x", 'text needs quotes; write "150x".', ["150x"]),
    ("[150 x 150]", "150 x 150", 'write "150 x 150"', ["150 x 150"]),
    ("[ 50% // half\n]", "50%", 'write "50%"', ["50%"]),
    ("{format: 1}", "format", 'a key needs quotes; write "format"', {"format": 1}),
    ("['150x']", "'150x'", 'single quotes are not JSON; write "150x"', ["150x"]),
    ("[“150x”]", "“150x”", 'typographic quotes are not JSON; write "150x"', ["150x"]),
    ('["a", „b“]', "„b“", 'write "b"', ["a", "b"]),
    ('["150x”]\n', '"150x”]', "has no closing", None),
    ('{"a" = 1}', "=", "separated by a colon", {"a": 1}),
    ('{"a": = 1}', "= 1", "needs quotes", {"a": "= 1"}),
    ('{"a" 1}', " ", "a colon is missing", {"a": 1}),
    ('{"a", "b": 1}', '"a"', '"a" has no value', {"b": 1}),
    ('{"a": }', '"a"', '"a" has no value', {}),
    ("[True]", "True", "write true", [True]),
    ("[no]", "no", "write false", [False]),
    ("[None]", "None", "write null", [None]),
    ("[NaN]", "NaN", "is not a number in JSON", [None]),
    ("[-Infinity]", "-Infinity", "is not a number in JSON", [None]),
    ("[.5]", ".5", ".5 is not a number in JSON; write 0.5", [0.5]),
    ("[5.]", "5.", "write 5.0", [5.0]),
    ("[+5]", "+5", "write 5.", [5]),
    ("[007]", "007", "write 7.", [7]),
    ("[20_000]", "20_000", "write 20000.", [20_000]),
    (f"[{'9' * 5_000}]", "9" * 5_000, "has 5000 characters", [None]),
    ("[1] # one", "# one", "comments begin with //", [1]),
    ("[1,\u00a02]", "\u00a0", "U+00A0 is invisible", [1, 2]),
    ("[1,\u200b\u200b2]", "\u200b\u200b", "U+200B is invisible", [1, 2]),
    (r'["a\logo.png"]', r"\l", r"write \\l, or / in a path", ["a\\logo.png"]),
    (r'["\u12"]', r"\u", "is not an escape", ["\\u12"]),
    ('["a\tb"]', "\t", r"is written \t", ["a\tb"]),
    ('{"a": 1,\n "a": 2}', '"a"', "twice in one object, first in line 1", {"a": 2}),
]

STOPPED = [
    ("", "", "there is nothing in the file"),
    (" // nothing\n", "", "there is nothing in the file"),
    ("{", "{", "this { has no closing }"),
    ('{"a": [1, 2', "[", "this [ has no closing ]"),
    ('{"a": [1, 2}', "}", "] was expected here, for the [ in line 1"),
    ("[1]]", "]", "has ended before this"),
    ('{"sizes": []} x', "x", "has ended before this"),
    ('["150x]', '"150x]', "has no closing"),
    ('["150x, "50x50"]', "5", "is a quote missing before it?"),
    ("['150x]", "'150x]", "has no closing quote"),
    ("[1 /* a", "/*", "this comment has no end"),
    ("[1, /]", "/", "needs quotes"),
    ("sizes: [1]", "s", "a { is missing before the first key"),
    ('"sizes": [1]', '"', "a { is missing before the first key"),
    ("{:1}", ":", "a key in quotes was expected"),
    ("[:]", ":", "a value was expected"),
    ("[" * 1_000 + "]" * 1_000, "[", "lists and objects are in each other"),
    ('{"a":' * 100_000, "{", "lists and objects are in each other"),
]


@pytest.mark.parametrize(
    ("text", "marked", "message", "value"), CONTINUED, ids=lambda one: repr(one)[:40]
)
def test_a_mistake_is_marked_and_reading_continues(
    text: str, marked: str, message: str, value: Any
) -> None:
    ((found, reported),) = _mistakes(text)
    assert found == marked
    assert message in reported
    assert read(text).value == value


@pytest.mark.parametrize(
    ("text", "marked", "message"), STOPPED, ids=lambda one: repr(one)[:40]
)
def test_reading_stops_where_what_follows_is_unclear(
    text: str, marked: str, message: str
) -> None:
    ((found, reported), *more) = _mistakes(text)
    assert not more
    assert found == marked
    assert message in reported


def test_several_mistakes_are_reported_in_their_order() -> None:
    text = "{sizes: ['150x' “50x”,,], // a\n enlarge: False}"
    marked = [found for found, _ in _mistakes(text)]
    assert marked == ["sizes", "'150x'", " ", "“50x”", ",", "enlarge", "False"]
    assert read(text).value == {"sizes": ["150x", "50x"], "enlarge": False}


@pytest.mark.parametrize("start", ["+", "+0_", ".", "-.", ""])
def test_a_number_that_is_too_long_is_a_mistake(start: str) -> None:
    """Python refuses to read integers of more than 4,300 digits."""
    found = read(f"[{start}{'9' * 5_000}]")
    assert len(found.mistakes) == 1
    assert "write a shorter one" in found.mistakes[0].message


def test_no_number_is_proposed_that_json_cannot_have() -> None:
    (mistake,) = read(f"[{'9' * 390}.]").mistakes
    assert "inf" not in mistake.message


@pytest.mark.parametrize("depth", [1, 20])
def test_places_stay_short(depth: int) -> None:
    """Each place has the keys around it: long ones would fill the memory."""
    key = "k" * (9_000 // depth)
    text = f'{{"{key}":' * depth + f"[{'1,' * 100}1]" + "}" * depth
    found = read(text)
    assert max(map(len, found.values), default=0) < 1_000
    assert "shorten" in found.mistakes[-1].message


def test_the_deepest_document_is_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read(text).value == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        *("[1,,2" * 30_000, "[" + "'a' " * 40_000, "/*" * 100_000, "#\n" * 100_000),
        *('"' + "\\u" * 80_000, "[" + "\u00a0 " * 60_000, "{" + '"a":1,' * 40_000),
        *("[" + "1 " * 100_000, "“" * 100_000, "[" + "-" * 200_000, "\\" * 200_000),
        "{" + ",".join(f'"{n}":[{n}]' for n in range(15_000)) + "}",
    ],
    ids=lambda one: repr(one[:12]),
)
def test_a_hostile_text_is_read_in_bounded_time(text: str) -> None:
    """At most 50 mistakes, and no more steps than characters, a few times."""
    import time

    start = time.process_time()
    found = read(text)
    assert len(found.mistakes) <= MAX_MISTAKES + 1
    source = Source(text)
    for one in found.mistakes:
        assert all(len(line) < 3 * MAX_WIDTH for line in source.excerpt(one.span))
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("place", "key", "expected"),
    [
        ("sizes[1].quality", False, "7"),
        ("sizes[1].quality", True, '"quality"'),
        ("sizes[1].name", False, '{"geometry": "2x", "quality": 7}'),
        ("sizes[0].geometry", False, '"1x"'),
        ("sizes[9].geometry", False, '["1x", {"geometry": "2x", "quality": 7}]'),
        ("format", False, None),
        ("the file", False, None),
        ("a.b[", False, None),
        ("", False, None),
    ],
)
def test_a_place_that_is_not_written_is_found_around_it(
    place: str,
    key: bool,  # noqa: FBT001 - a table
    expected: str | None,
) -> None:
    text = '{"sizes": ["1x", {"geometry": "2x", "quality": 7}]}'
    span = read(text).find(place, key=key)
    assert span
    assert text[slice(*span)] == (expected or text)


def test_nothing_is_found_in_a_text_that_was_not_read() -> None:
    assert read("").find("sizes") is None


@pytest.mark.parametrize(
    ("text", "span", "position", "lines"),
    [
        ("ab\ncd", (3, 5), "2:1", ["  2 | cd", "    | ^^"]),
        ("ab\r\ncd", (5, 6), "2:2", ["  2 | cd", "    |  ^"]),
        ("ab\rcd", (4, 5), "2:2", ["  2 | cd", "    |  ^"]),
        ("ab", (2, 2), "1:3", ["  1 | ab", "    |   ^"]),
        ("", (0, 0), "1:1", ["  1 |", "    | ^"]),
        ("\tx", (1, 2), "1:2", ["  1 |  x", "    |  ^"]),
        ("写 x", (2, 3), "1:3", ["  1 | 写 x", "    |    ^"]),
        ("[\n1,\n2]", (0, 7), "1:1", ["  1 | [", "    | ^"]),
        ("\x1b[31m x", (6, 7), "1:7", ["  1 | ·[31m x", "    |       ^"]),
    ],
)
def test_an_excerpt_has_carets_under_the_place(
    text: str, span: tuple[int, int], position: str, lines: list[str]
) -> None:
    source = Source(text)
    assert source.position(Span(*span)) == position
    assert source.excerpt(Span(*span)) == lines


@given(st.integers(0, 999), st.integers(0, 50))
def test_the_carets_are_under_the_place_in_a_long_line(start: int, length: int) -> None:
    text = "".join(chr(0x100 + n % 0x30) for n in range(1_000))
    shown, carets = Source(text).excerpt(Span(start, start + length))
    assert len(shown) < MAX_WIDTH + 20
    assert shown[carets.index("^")] == text[start]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("[1]".encode("utf-16"), "looks like UTF-16: save it as UTF-8"),
        ("[1]".encode("utf-16-le"), "looks like UTF-16: save it as UTF-8"),
        ("[1]".encode("utf-16-be"), "looks like UTF-16: save it as UTF-8"),
        ("[1]".encode("utf-32"), "looks like UTF-16: save it as UTF-8"),
        (b'[\n"caf\xe9"]', "is not UTF-8: byte 0xe9 in line 2. Save it as UTF-8"),
        (b'["\xed\xa0\x80"]', "is not UTF-8: byte 0xed in line 1"),
        (b" " * 256_001, "has more than 256 KB; is it another file?"),
    ],
)
def test_bytes_that_are_no_text_are_refused_in_plain_words(
    data: bytes, expected: str
) -> None:
    with pytest.raises(encoding.EncodingError) as caught:
        encoding.decode(data)
    assert expected in str(caught.value)


def test_a_byte_order_mark_is_ignored() -> None:
    assert encoding.decode(b"\xef\xbb\xbf[1]") == "[1]"


def test_an_overflowing_number_is_infinite_as_in_json() -> None:
    assert read("1e999").value == math.inf
