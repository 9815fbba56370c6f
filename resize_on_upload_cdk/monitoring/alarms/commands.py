"""The commands in an alarm's e-mail, ready to paste into a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.delivery.on_request import OnRequest
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.upload_page.signer import Signer

_REGION = f"--region {cdk.Aws.REGION}"


class AlarmCommands:
    """Commands with the names of one stack's resources.

    Args:
        logged: The function that the alarms are about.
        settings: Have the name of the stack.
    """

    def __init__(
        self, logged: Resizer | OnRequest | Signer, settings: Settings
    ) -> None:
        self._logged, self._settings = logged, settings

    def cli(self, command: str) -> str:
        """A command of resize-on-upload."""
        stack = self._settings.deployed_in or self._settings.stack_name
        text = f"resize-on-upload {command} --stack-name {stack} {_REGION}"
        if self._settings.has_outputs:
            return text
        return f"{text} (needs outputs=True in the construct)"

    def log(self, pattern: str = "") -> str:
        """Print the log lines of the last hour that match."""
        return self._tail(f"{{ {pattern} }}" if pattern else "")

    def failures(self) -> str:
        """Print the internal failures of the last hour."""
        return self.log('$.event = "image.failed"')

    def refused(self) -> str:
        """Print the requests for variants that S3 refused to CloudFront."""
        return self.log('$.event = "request.refused"')

    def failed_requests(self) -> str:
        """Print the requests of the last hour that failed internally."""
        return self.log('$.event = "request.failed"')

    def killed(self) -> str:
        """Print what Lambda itself logs of invocations that it killed."""
        return self._tail('?"timed out" ?"Runtime exited"')

    def bucket_policy(self, bucket: str) -> str:
        """Print the policy of a bucket."""
        return f"aws s3api get-bucket-policy --bucket {bucket} {_REGION}"

    def slow_down(self) -> str:
        """Limit the function to one invocation at a time."""
        return (
            "aws lambda put-function-concurrency --reserved-concurrent-executions 1 "
            f"--function-name {self._logged.function.function_name} {_REGION}"
        )

    def failed_jobs(self) -> str:
        """Print the jobs of S3 Batch Operations that were stopped."""
        return (
            f"aws s3control list-jobs --account-id {cdk.Aws.ACCOUNT_ID} "
            f"--job-statuses Failed Cancelled {_REGION}"
        )

    def _tail(self, pattern: str) -> str:
        matching = f" --filter-pattern '{pattern}'" if pattern else ""
        group = self._logged.log_group.log_group_name
        return f"aws logs tail {group} --since 1h{matching} {_REGION}"
