"""The errors that end a command, and the exit codes of `resize-on-upload`."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script reads from `$?`; the same in every command.

    Attributes:
        SUCCESS: Everything was done, or there was nothing to do.
        WORK_LEFT: Work is left, something was rejected, or a check failed.
        USAGE: The command cannot run as it was called.
        UNKNOWN: The state could not be determined: no stack, access or connection.
        DRIFT: Something is to do; only with `plan --detailed-exitcode`, whose
            WORK_LEFT then is a failure.
        INTERRUPTED: Ctrl-C, as shells report it.
        OUTPUT_CLOSED: The reader of the output is gone, as shells report it.
    """

    SUCCESS = 0
    WORK_LEFT = 1
    USAGE = 2
    UNKNOWN = 3
    DRIFT = 4
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


class CommandError(Exception):
    """Ends a command; its text says what happened and what to do.

    Attributes:
        exit_code: What the command returns.
    """

    exit_code: ExitCode = ExitCode.UNKNOWN

    @property
    def lines(self) -> tuple[str, ...]:
        """What is printed on standard error."""
        return (str(self),)


class UsageError(CommandError):
    """The command cannot run as it was called."""

    exit_code = ExitCode.USAGE


class DeploymentError(CommandError):
    """The stack does not exist, or does not answer as a command needs."""


class UnfinishedError(DeploymentError):
    """The stack exists, but something else has to be done first."""

    exit_code = ExitCode.WORK_LEFT
