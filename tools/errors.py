"""How a command ends: its exit code, the same in every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a script learns from `$?`.

    Attributes:
        OK: All is well.
        LEFT: Work is left to do, something was rejected, or a check failed.
        USAGE: The command cannot run as it was called.
        UNKNOWN: The state could not be determined: no stack, no access, no connection.
        INTERRUPTED: As shells report Ctrl-C.
        CLOSED: As shells report a program whose reader is gone.
    """

    OK = 0
    LEFT = 1
    USAGE = 2
    UNKNOWN = 3
    INTERRUPTED = 130
    CLOSED = 141


class UsageError(Exception):
    """The command cannot run as it was called; says how to call it."""
