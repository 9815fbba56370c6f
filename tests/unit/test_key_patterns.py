"""Patterns over keys: what they match, and that no key makes them slow."""

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
def test_a_pattern_means_what_a_shell_would_say(pattern: str, key: str) -> None:
    """But that `*` and `?` stand for a `/`, too."""
    fits = KeyPatterns(include=(pattern,)).match(key)
    assert fits == fnmatch.fnmatchcase(key, pattern)
    assert KeyPatterns(exclude=(pattern,)).match(key) == (not fits)


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
    """It is matched before any clock runs: seconds of CPU, where it took minutes."""
    start = time.process_time()
    assert KeyPatterns(exclude=(pattern,)).match(key)
    assert time.process_time() - start < 2
