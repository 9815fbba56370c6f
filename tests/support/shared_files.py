"""The real and hostile files that may lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "corpus"
ABSENT = "the corpus of real files is not beside the checkout"

needs_corpus = pytest.mark.skipif(not CORPUS.exists(), reason=ABSENT)
