"""Somebody else's CDK app, with two of the construct in one stack.

It runs in its own process, from any folder: it imports nothing of the tests.
    python other_app.py FOLDER < ARGUMENTS
FOLDER gets the cloud assembly. ARGUMENTS is a JSON list of arguments of constructs with
mistakes; the answer, a JSON list, has the error of each.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from cdk_nag import AwsSolutionsChecks

from resize_on_upload_cdk import ConfigurationError, ResizeOnUpload


class Website(cdk.Stack):
    """Photos get new buckets and a CDN; avatars use what the stack has already."""

    def __init__(self, scope: cdk.App, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        photos = ResizeOnUpload(
            self,
            "Photos",
            sizes=["800x", {"geometry": "150x150^", "crop": True, "name": "square"}],
            delivery=True,
            invalidate=True,
            outputs=True,
        )
        key = kms.Key(self, "Key", enable_key_rotation=True)
        uploads = s3.Bucket(self, "Uploads", encryption_key=key)
        topic = sns.Topic(self, "Topic")
        avatars = ResizeOnUpload(
            self,
            "Avatars",
            sizes={"sizes": ["64x64"], "manifest": True},
            original_bucket=uploads,
            resized_kms_key=key.key_arn,
            alarm_topic=topic,
            memory_size=1024,
            carry_over=["cache-control", "tag:Team"],
            mirror_deletes=False,
        )
        assert avatars.original_bucket is uploads
        assert avatars.alarm_topic is topic
        assert avatars.distribution is None
        assert photos.distribution is not None
        role = iam.Role(self, "Web", assumed_by=iam.AnyPrincipal())
        for one in (photos, avatars):
            one.grant_upload(role)
            one.grant_read(role)
            one.failed_queue.grant_consume_messages(role)
            one.rejected_queue.grant_consume_messages(role)
            one.function.grant_invoke(role)


def _error(number: int, arguments: dict[str, Any]) -> str:
    stack = cdk.Stack(cdk.App(), f"Wrong{number}", env=cdk.Environment(region="r"))
    if arguments.get("outputs"):
        ResizeOnUpload(stack, "First", sizes=["150x"], outputs=True)
    try:
        ResizeOnUpload(stack, "Photos", **arguments)
    except ConfigurationError as error:
        return str(error)
    return ""


def main() -> None:
    """Synthesize the app, with cdk-nag's report; print the errors."""
    app = cdk.App(outdir=sys.argv[1])
    Website(app, "Website")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with contextlib.suppress(Exception):  # findings of cdk-nag; they are in the report
        app.synth()
    wrong = json.load(sys.stdin)
    sys.stdout.write(json.dumps([_error(*one) for one in enumerate(wrong)]))


if __name__ == "__main__":
    main()
