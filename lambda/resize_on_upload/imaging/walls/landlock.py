"""Landlock: the files the decoder may read, and the only folder it may write to.

It needs Linux 5.13; what the kernel's version of it does not know is left out.
https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on every processor
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH

_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 2, 4, 8, 16, 32
_MAKE_REG = 1 << 8
_TRUNCATE = 1 << 14
_READ = _READ_FILE | _READ_DIR
_OWN = _READ | _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_REG | _TRUNCATE

_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
"""Version of Landlock → kinds of file access that it introduced."""

_TCP_SINCE, _TCP = 4, 3  # bind and connect
_SCOPE_SINCE, _SCOPE = 6, 3  # abstract sockets of, and signals to, other processes


def restrict(readable: Iterable[str], folder: str) -> str | None:
    """Allow only reading below `readable` and writing below `folder`, permanently.

    Returns:
        Why the kernel refused; nothing is restricted then. None if it did not.
    """
    if sys.platform != "linux":
        return "not on this system"
    libc = ctypes.CDLL(None, use_errno=True)
    version = _call(libc, _CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return os.strerror(ctypes.get_errno())
    handled = sum(bits for since, bits in _FILES.items() if since <= version)
    ruleset = _ruleset(libc, version, handled)
    if ruleset < 0:
        return os.strerror(ctypes.get_errno())
    try:
        for path in readable:
            _allow(libc, ruleset, path, _READ & handled)
        _allow(libc, ruleset, folder, _OWN & handled)
        # So that it can remove its own folder at the end.
        _allow(libc, ruleset, os.path.dirname(folder), _REMOVE_DIR)  # noqa: PTH120 - a string
        if _call(libc, _RESTRICT_SELF, ruleset, 0):
            return os.strerror(ctypes.get_errno())
    finally:
        os.close(ruleset)
    return None


def _ruleset(libc: ctypes.CDLL, version: int, handled: int) -> int:
    """Create an empty rule set; older kernels expect a shorter structure."""
    attributes = struct.pack("Q", handled)
    if version >= _TCP_SINCE:
        attributes += struct.pack("Q", _TCP)
    if version >= _SCOPE_SINCE:
        attributes += struct.pack("Q", _SCOPE)
    return _call(libc, _CREATE_RULESET, attributes, len(attributes), 0)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    """Add a rule, unless the path does not exist."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - a string
            access &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = struct.pack("=Qi", access, place)
        _call(libc, _ADD_RULE, ruleset, _BENEATH, rule, 0)
    finally:
        os.close(place)


def _call(libc: ctypes.CDLL, number: int, *arguments: bytes | int | None) -> int:
    words = (
        ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one or 0)
        for one in arguments
    )
    return int(libc.syscall(ctypes.c_long(number), *words))
