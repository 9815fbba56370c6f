"""Attributes of a process that protect it from others, and others from it.

https://man7.org/linux/man-pages/man2/prctl.2.html
"""

from __future__ import annotations

import ctypes
import os
import sys

_SET_DUMPABLE, _SET_NO_NEW_PRIVS = 4, 38  # linux/prctl.h


def set_undumpable() -> None:
    """Show memory and environment of this process only to root, and forbid tracing.

    The decoder runs as the same user as the function, which has the role's credentials
    in its environment.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def set_no_new_privileges() -> str | None:
    """Make setuid programs useless; return why the kernel refused it, or None.

    Landlock and seccomp require it.
    """
    if sys.platform != "linux":
        return "not on this system"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return os.strerror(ctypes.get_errno())
    return None
