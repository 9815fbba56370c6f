"""Hide this process's memory and environment from other processes of the same user."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def hide() -> None:
    """Make /proc show environment and memory of this process only to root.

    The decoder runs as the same user, and this process has the role's credentials in
    its environment. https://man7.org/linux/man-pages/man2/prctl.2.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
