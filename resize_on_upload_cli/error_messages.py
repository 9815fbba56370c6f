"""Turn the errors of AWS, files and the engine into errors of the command line."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload.errors import AccessRefused, ResizeOnUploadError, StoreUnavailable
from resize_on_upload_cli.errors import (
    CommandError,
    DeploymentError,
    UnfinishedError,
    UsageError,
)
from resize_on_upload_cli.stack import aws_errors


def translate(error: Exception) -> CommandError | None:
    """Return the error to report; None for a defect, which keeps its traceback."""
    match error:
        case CommandError():
            return error
        case AccessRefused() | StoreUnavailable():
            return DeploymentError(str(error))
        case ClientError() | BotoCoreError():
            return DeploymentError(aws_errors.sentence(error))
        case OSError():
            named = error.filename is not None
            return UsageError(
                f"{error.filename}: {error.strerror}" if named else str(error)
            )
        case ResizeOnUploadError():
            advice = "`resize-on-upload doctor` looks for the cause"
            return UnfinishedError(f"the engine failed: {error}. {advice}")
    return None
