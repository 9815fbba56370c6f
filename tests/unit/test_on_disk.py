"""Facts about messages in a temporary file, against a dict and a set in memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.queues.on_disk import Receipts, Texts

NAMES = st.sampled_from(["a", "b", "c", "é", "\ud800"])


@given(st.lists(st.tuples(st.booleans(), NAMES), max_size=30))
def test_texts_are_a_set(changes: list[tuple[bool, str]]) -> None:
    """Also with a lone surrogate, which a message may have."""
    texts, expected = Texts(), set[str]()
    for is_added, text in changes:
        if is_added:
            assert texts.add(text) is (text not in expected)
            expected.add(text)
        else:
            texts.remove(text)
            expected.discard(text)
    assert len(texts) == len(expected)
    assert {text for text in "abcé\ud800" if text in texts} == expected


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.sampled_from("abcdefg"), st.text("xyz", max_size=3)
        ),
        max_size=30,
    ),
    st.integers(1, 10),
)
def test_receipts_are_a_dict(changes: list[tuple[bool, str, str]], size: int) -> None:
    receipts, expected = Receipts(), dict[str, str]()
    for is_held, name, receipt in changes:
        if is_held:
            receipts.hold(name, receipt)
            expected[name] = receipt
        else:
            receipts.forget(name)
            expected.pop(name, None)
    batches = list(receipts.batches(size))
    assert sorted(one for batch in batches for one in batch) == sorted(
        expected.values()
    )
    assert all(1 <= len(batch) <= size for batch in batches)
    assert len(receipts) == len(expected)
    receipts.clear()
    assert (len(receipts), list(receipts.batches(size))) == (0, [])
