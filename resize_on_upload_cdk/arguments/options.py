"""The types of the construct's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Names: TypeAlias = "str | Sequence[str]"


class Options(TypedDict, total=False):
    """The settings of docs/configuration.md, under their names in Python.

    None, as an empty text, stands for the default. The ARNs, the bucket prefix and the
    name may be tokens of CDK.
    """

    bucket_prefix: str | None
    architecture: Literal["x86_64", "arm64"] | None
    memory_size: int | None
    timeout: int | None
    decoder_reuse: int | None
    reserved_concurrency: int | None
    backfill_concurrency: int | None
    sweep: Literal["never", "weekly"] | None
    intake: Literal["function", "queue", "draining"] | None
    inventory_tables: bool | None
    log_retention_days: int | None
    mirror_deletes: bool | None
    cache_control: str | None
    carry_over: Names | None
    original_kms_key: str | None
    resized_kms_key: str | None
    storage_class: str | None
    resized_expiration_days: int | None
    metrics: Literal["none", "essential", "all"] | None
    alarm_email: str | None
    dashboard: bool | None
    completion_events: bool | None
    delivery: bool | None
    fresh_seconds: int | None
    request_concurrency: int | Literal["none"] | None
    price_class: Literal["100", "200", "all"] | None
    origin_shield: str | None
    versioned_urls: bool | None
    query_urls: bool | None
    invalidate: bool | None
    domain_names: Names | None
    certificate: str | None
    web_acl: str | None
    access_logs: bool | None
    viewer_key: str | Path | None
    cors_origins: Names | None
    upload_page: bool | None
    upload_access: Literal["token", "iam"] | None
    upload_prefix: str | None
    upload_concurrency: int | Literal["none"] | None
    uploader_policy: bool | None
    on_destroy: Literal["keep", "delete-resized", "delete-all"] | None
    image_refresh: str | None
    image_uri: str | None
