"""The permissions of those who only read."""

from __future__ import annotations

from scripts.permissions.policy import Group, Statement
from scripts.permissions.resources import (
    CATALOGS,
    FUNCTION,
    GLUE,
    JOBS,
    LOGS,
    ORIGINAL,
    QUEUES,
    RESIZED,
    STACK,
    TABLE_BUCKET,
    WORKGROUP,
)

LOOK = Group(
    "look",
    ("plan", "status", "urls", "html", "logs", "open", "outputs", "estimate"),
    "Finds out everything, and changes nothing. All other groups need it, too.",
    (
        Statement(
            ("cloudformation:DescribeStacks",),
            (f"arn:aws:cloudformation:*:*:stack/{STACK}/*",),
        ),
        Statement(("lambda:GetFunctionConfiguration",), (FUNCTION,)),
        Statement(
            ("s3:ListBucket", "s3:ListBucketVersions"), (ORIGINAL, RESIZED, JOBS)
        ),
        Statement(("s3:GetLifecycleConfiguration",), (RESIZED,)),
        Statement(
            ("s3:GetObject",),
            tuple(f"{one}/*" for one in (ORIGINAL, RESIZED, JOBS)),
        ),
        Statement(
            (
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
            ),
            (QUEUES,),
        ),
        Statement(("logs:FilterLogEvents",), (f"{LOGS}:*", LOGS)),
        Statement(("cloudwatch:GetMetricStatistics",)),
    ),
)

DIAGNOSE = Group(
    "diagnose",
    ("doctor",),
    "What `--stack` reads. Without some of these rights, the checks that need them "
    "have the state unknown. Without `--stack`, `doctor` needs no rights.",
    (
        Statement(
            (
                "lambda:GetAccountSettings",
                "lambda:ListEventSourceMappings",
                "cloudwatch:DescribeAlarms",
                "logs:DescribeLogGroups",
                "kms:DescribeKey",
            )
        ),
        Statement(
            (
                "lambda:GetFunctionConcurrency",
                "lambda:GetFunctionEventInvokeConfig",
            ),
            (FUNCTION,),
        ),
        Statement(
            (
                "s3:GetBucketNotification",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketPolicyStatus",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetBucketMetadataTableConfiguration",
            ),
            (ORIGINAL, RESIZED, JOBS),
        ),
        Statement(("athena:GetWorkGroup",), (WORKGROUP,)),
        Statement(("glue:GetCatalog",), CATALOGS),
        Statement(("sns:ListSubscriptionsByTopic",), (f"arn:aws:sns:*:*:{STACK}-*",)),
        Statement(
            ("cloudfront:GetDistribution",),
            ("arn:aws:cloudfront::*:distribution/*",),
        ),
    ),
)

TABLES = Group(
    "tables",
    (),
    "Also lets `plan` and `backfill` use `--from tables`. Glue and S3 Tables need "
    "the rights on the tables of both buckets, `b_` and the name of the bucket.",
    (
        Statement(
            (
                "athena:StartQueryExecution",
                "athena:GetQueryExecution",
                "athena:StopQueryExecution",
            ),
            (WORKGROUP,),
        ),
        Statement(("athena:GetDataCatalog",), ("arn:aws:athena:*:*:datacatalog/*",)),
        Statement(
            ("glue:GetCatalog", "glue:GetDatabase", "glue:GetTable"),
            (
                *CATALOGS,
                f"{GLUE}database/s3tablescatalog/aws-s3/b_resize-*",
                f"{GLUE}table/s3tablescatalog/aws-s3/b_resize-*/*",
            ),
        ),
        Statement(
            (
                "s3tables:GetTableBucket",
                "s3tables:GetNamespace",
                "s3tables:GetTable",
                "s3tables:GetTableData",
                "s3tables:GetTableMetadataLocation",
            ),
            (TABLE_BUCKET, f"{TABLE_BUCKET}/table/*"),
        ),
        Statement(("lakeformation:GetDataAccess",)),
        Statement(("s3:GetBucketMetadataTableConfiguration",), (ORIGINAL, RESIZED)),
        Statement(("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"), (JOBS,)),
        Statement(
            (
                "s3:PutObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ),
            (f"{JOBS}/athena/*",),
        ),
    ),
)
