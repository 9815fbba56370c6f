"""Keep other processes of the same user out of this one's memory and environment."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def hide() -> None:
    """From now on /proc shows neither environment nor memory to who is not root.

    The decoder runs as the same user, and this process has the role's credentials in
    its environment. https://man7.org/linux/man-pages/man2/prctl.2.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
