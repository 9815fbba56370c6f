"""The app's stack: the construct, with the outputs that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from resize_on_upload_cdk import names
from resize_on_upload_cdk.construct import ResizeOnUpload
from stacks import cdk_functions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs import Construct


class ResizeStack(cdk.Stack):
    """Upload an image to one bucket; find a variant per size in the other."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        sizes: Path,
        options: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Upload an image to one bucket; find every size in another.",
            **kwargs,
        )
        # CDK leaves this id out of CloudFormation's: they are those of version 0.2.
        made = ResizeOnUpload(self, names.HIDDEN, sizes=sizes, outputs=True, **options)
        cdk_functions.restrict(self, made.log_retention_days)
