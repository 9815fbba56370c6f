"""The commands in an alarm's e-mail, ready to paste into a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from stacks.resizer import Resizer

_REGION = f"--region {cdk.Aws.REGION}"


class AlarmCommands:
    """Commands with the names of one stack's resources."""

    def __init__(self, resizer: Resizer, stack_name: str) -> None:
        self._resizer, self._stack_name = resizer, stack_name

    def cli(self, command: str) -> str:
        """A command of resize-on-upload."""
        return f"resize-on-upload {command} --stack-name {self._stack_name} {_REGION}"

    def log(self, pattern: str = "") -> str:
        """Print the log lines of the last hour that match."""
        matching = f" --filter-pattern '{{ {pattern} }}'" if pattern else ""
        group = self._resizer.log_group.log_group_name
        return f"aws logs tail {group} --since 1h{matching} {_REGION}"

    def failures(self) -> str:
        """Print the internal failures of the last hour."""
        return self.log('$.event = "image.failed"')

    def slow_down(self) -> str:
        """Limit the function to one invocation at a time."""
        return (
            "aws lambda put-function-concurrency --reserved-concurrent-executions 1 "
            f"--function-name {self._resizer.function.function_name} {_REGION}"
        )
