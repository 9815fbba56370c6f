"""Key patterns: what they match, and that no key makes them slow."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.sizes.key_patterns import KeyPatterns

LETTERS = "ab/.\n-"


@given(
    st.text(alphabet="ab/.\n-*?", min_size=1, max_size=12),
    st.text(alphabet=LETTERS, max_size=12),
)
def test_a_pattern_matches_as_in_a_shell(pattern: str, key: str) -> None:
    """Except that `*` and `?` also match a `/`."""
    matches = KeyPatterns(include=(pattern,)).match(key)
    assert matches == fnmatch.fnmatchcase(key, pattern)
    assert KeyPatterns(exclude=(pattern,)).match(key) == (not matches)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("*/*/*/*/*/*/*/*.pdf", "/" * 1_024),
        ("*-*-*-*-*-*-*.tmp", "-" * 1_024),
        ("*a*a*a*a*a*a*.tmp", "a" * 1_024),
        ("*?*?*?*?*?*?*.tmp", "a" * 1_024),
        ("*a" * 100 + "b", "a" * 1_024),
    ],
)
def test_no_key_makes_a_pattern_slow(pattern: str, key: str) -> None:
    """Matching is not limited in time; with backtracking these keys took minutes."""
    start = time.process_time()
    assert KeyPatterns(exclude=(pattern,)).match(key)
    assert time.process_time() - start < 2
