"""Which tests run in one process, while `make test` runs three of them side by side."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from xdist.scheduler.loadscope import LoadScopeScheduling

_GROUPS = {
    "canary": ("test_corpus", "test_threats"),
    "delivery_stack": (
        *("test_delivery", "test_delivery_concurrency", "test_delivery_contract"),
        *("test_delivery_faults", "test_delivery_formats", "test_delivery_freshness"),
        *("test_delivery_keys", "test_delivery_policy"),
    ),
    "fresh_stack": ("test_delivery_invalidation", "test_delivery_versions"),
    "stack": ("test_fake", "test_upload"),
}
"""A fixture of the session → the modules that use it."""

_GROUP_OF = {module: name for name, modules in _GROUPS.items() for module in modules}


def group(test: str) -> str:
    """The group of a test: its module, unless several of them share something.

    Args:
        test: The id that pytest prints.
    """
    file, _, name = test.partition("::")
    module = PurePosixPath(file).stem
    found = _GROUP_OF.get(module, module)
    if found == "stack":  # one for each ImageMagick
        found += "".join(re.findall(r"\[(?:machine|image)\b", name))
    return found


class Groups(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives each process a group at a time.

    xdist's own, `--dist loadgroup`, does not group in pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
