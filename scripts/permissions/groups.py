"""All groups, in the order of the document."""

from __future__ import annotations

from scripts.permissions.changing import BATCH, INVALIDATE, REPAIR, SMOKE, UPLOAD
from scripts.permissions.operating import DEPLOY, EMERGENCY
from scripts.permissions.reading import DIAGNOSE, LOOK, TABLES

GROUPS = (
    LOOK,
    DIAGNOSE,
    REPAIR,
    BATCH,
    TABLES,
    UPLOAD,
    SMOKE,
    INVALIDATE,
    EMERGENCY,
    DEPLOY,
)
