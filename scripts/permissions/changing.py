"""The permissions of those who change objects: originals, variants, jobs."""

from __future__ import annotations

from scripts.permissions.policy import Group, Statement
from scripts.permissions.resources import (
    BATCH_ROLE,
    FUNCTION,
    INTAKE,
    JOBS,
    ORIGINAL,
    QUEUES,
    RESIZED,
)

REPAIR = Group(
    "repair",
    ("backfill", "redrive", "prune"),
    "Makes what is missing, retries what failed, and deletes variants that are not "
    "needed any more. Originals cannot be changed.",
    (
        Statement(("lambda:InvokeFunction",), (FUNCTION,)),
        Statement(("s3:PutObject", "s3:DeleteObject"), (f"{JOBS}/*",)),
        Statement(("s3:DeleteObject",), (f"{RESIZED}/*",)),
        Statement(
            ("s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
            (RESIZED,),
        ),
        Statement(
            (
                "sqs:DeleteMessage",
                "sqs:StartMessageMoveTask",
                "sqs:ListMessageMoveTasks",
                "sqs:CancelMessageMoveTask",
            ),
            (QUEUES,),
        ),
        Statement(("sqs:SendMessage",), (INTAKE,)),
    ),
)

BATCH = Group(
    "batch",
    (),
    "Also lets `backfill` use `--batch` and `--all`, jobs of S3 Batch Operations.",
    (
        Statement(("s3:CreateJob", "s3:DescribeJob")),
        Statement(
            ("iam:PassRole",),
            (BATCH_ROLE,),
            (
                "StringEquals",
                "iam:PassedToService",
                "batchoperations.s3.amazonaws.com",
            ),
        ),
    ),
)

UPLOAD = Group(
    "upload",
    ("upload",),
    "Uploads originals, also over existing ones.",
    (Statement(("s3:PutObject",), (f"{ORIGINAL}/*",)),),
)

SMOKE = Group(
    "smoke",
    ("smoke",),
    "Uploads an image and deletes it again, with its versions and variants.",
    (
        Statement(("s3:DeleteObject",), (f"{RESIZED}/*",)),
        Statement(
            ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
            (f"{ORIGINAL}/*",),
        ),
    ),
)

INVALIDATE = Group(
    "invalidate",
    ("invalidate",),
    "Makes CloudFront forget variants; with [delivery](delivery.md) only.",
    (
        Statement(
            ("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"),
            ("arn:aws:cloudfront::*:distribution/*",),
        ),
    ),
)
