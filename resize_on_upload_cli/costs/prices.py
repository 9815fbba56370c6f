"""The prices of AWS, each with where and when it was found: prices.json."""

from __future__ import annotations

import json
from pathlib import Path

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text())
