"""What to tell a person of an error, and the exit code that scripts see."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload.errors import AccessRefused, ResizeOnUploadError, StoreUnavailable
from tools.engine.decoder import EngineMissingError
from tools.errors import Exit, UsageError
from tools.sizes_file import SizesFileError
from tools.stack import aws_errors
from tools.stack.deployment import DeploymentError, UnfinishedError
from tools.terminal import OutputError


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it is reported: lines of text and the exit code."""

    lines: tuple[str, ...]
    code: Exit


def explained(error: Exception) -> Failure | None:
    """The error in words; None for one that nobody expected."""
    lines = [str(error)]
    match error:
        case UsageError():
            code = Exit.USAGE
        case SizesFileError():
            lines, code = error.mistakes, Exit.USAGE
        case OutputError() if error.closed:
            lines, code = [], Exit.CLOSED
        case OutputError():
            lines, code = [f"standard output: {error}"], Exit.USAGE
        case UnfinishedError():
            code = Exit.LEFT
        case (
            AccessRefused()
            | StoreUnavailable()
            | DeploymentError()
            | EngineMissingError()
        ):
            code = Exit.UNKNOWN
        case ClientError() | BotoCoreError():
            lines, code = [aws_errors.sentence(error)], Exit.UNKNOWN
        case OSError():
            named = error.filename is not None
            lines = [f"{error.filename}: {error.strerror}" if named else str(error)]
            code = Exit.USAGE
        case ResizeOnUploadError():
            advice = "`resize-on-upload doctor` looks for the cause"
            lines, code = [f"the engine failed: {error}. {advice}"], Exit.LEFT
        case _:
            return None
    return Failure(tuple(lines), code)
