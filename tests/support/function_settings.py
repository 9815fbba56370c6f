"""The settings of a function for uploads, as tests that run it in process need them."""

from __future__ import annotations

from resize_on_upload.settings import Settings
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import CarryOverRules

SETTINGS = Settings(
    original_bucket="photos-original",
    resized_bucket="photos-resized",
    account="1",
    sizes=parse('{"sizes": ["9x"]}'),
    resizer="",
    rejected_queue="https://queue",
    mirror_deletes=True,
    carry_over=CarryOverRules(),
    completion_events=False,
    metrics="all",
    memory=1_769,
)
