"""The real and hostile files that may be next to the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "corpus"
PHONES = SHARED / "phones"
ABSENT = "the corpus of real files is not next to the checkout"

needs_corpus = pytest.mark.skipif(not CORPUS.exists(), reason=ABSENT)
needs_phones = pytest.mark.skipif(not PHONES.exists(), reason=ABSENT)
