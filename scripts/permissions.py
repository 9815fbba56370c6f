"""Write the policies of docs/permissions.md: `make reference`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

DOCUMENT = Path(__file__).parent.parent / "docs" / "permissions.md"
BEGIN, END = "<!-- permissions -->\n", "<!-- end -->"

STACK = "ResizeOnUpload"
ORIGINAL, RESIZED, JOBS = (
    f"arn:aws:s3:::resize-*-{name}" for name in ("original", "resized", "jobs")
)
_FUNCTION = f"arn:aws:lambda:*:*:function:{STACK}-*"
_QUEUES = f"arn:aws:sqs:*:*:{STACK}-*"
_INTAKE = f"arn:aws:sqs:*:*:{STACK}-Intake*"
_LOGS = f"arn:aws:logs:*:*:log-group:{STACK}-*"
_BATCH_ROLE = f"arn:aws:iam::*:role/{STACK}-BackfillRole*"
_CDK_ROLES = "arn:aws:iam::*:role/cdk-*"
_WORKGROUP = f"arn:aws:athena:*:*:workgroup/{STACK}"
_TABLES = "arn:aws:s3tables:*:*:bucket/aws-s3"
_GLUE = "arn:aws:glue:*:*:"
_CATALOGS = tuple(
    f"{_GLUE}catalog{path}"
    for path in ("", "/s3tablescatalog", "/s3tablescatalog/aws-s3")
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy.

    Attributes:
        actions: What is allowed.
        resources: On what.
        condition: As in the policy; empty for none.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: tuple[str, str, str] | tuple[()] = ()

    def document(self) -> dict[str, Any]:
        """As in the policy."""
        found: dict[str, Any] = {
            "Effect": "Allow",
            "Action": _one_or_more(self.actions),
            "Resource": _one_or_more(self.resources),
        }
        if self.condition:
            test, key, value = self.condition
            found["Condition"] = {test: {key: value}}
        return found


@dataclass(frozen=True, slots=True)
class Group:
    """The permissions for some commands.

    Attributes:
        commands: Those of resize-on-upload.
        meaning: For the document.
    """

    name: str
    commands: tuple[str, ...]
    meaning: str
    statements: tuple[Statement, ...]

    def policy(self) -> dict[str, Any]:
        """The policy to paste."""
        return {
            "Version": "2012-10-17",
            "Statement": [one.document() for one in self.statements],
        }


GROUPS = (
    Group(
        "look",
        ("plan", "status", "urls", "html", "logs", "open", "outputs", "estimate"),
        "Finds out everything, and changes nothing. All other groups need it, too.",
        (
            Statement(
                ("cloudformation:DescribeStacks",),
                (f"arn:aws:cloudformation:*:*:stack/{STACK}/*",),
            ),
            Statement(("lambda:GetFunctionConfiguration",), (_FUNCTION,)),
            Statement(
                ("s3:ListBucket", "s3:ListBucketVersions"), (ORIGINAL, RESIZED, JOBS)
            ),
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
                (_QUEUES,),
            ),
            Statement(("logs:FilterLogEvents",), (f"{_LOGS}:*", _LOGS)),
            Statement(("cloudwatch:GetMetricStatistics",)),
        ),
    ),
    Group(
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
                (_FUNCTION,),
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
            Statement(("athena:GetWorkGroup",), (_WORKGROUP,)),
            Statement(("glue:GetCatalog",), _CATALOGS),
            Statement(
                ("sns:ListSubscriptionsByTopic",), (f"arn:aws:sns:*:*:{STACK}-*",)
            ),
            Statement(
                ("cloudfront:GetDistribution",),
                ("arn:aws:cloudfront::*:distribution/*",),
            ),
        ),
    ),
    Group(
        "repair",
        ("backfill", "redrive", "prune"),
        "Makes what is missing, retries what failed, and deletes variants that are not "
        "needed any more. Originals cannot be changed.",
        (
            Statement(("lambda:InvokeFunction",), (_FUNCTION,)),
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
                (_QUEUES,),
            ),
            Statement(("sqs:SendMessage",), (_INTAKE,)),
        ),
    ),
    Group(
        "batch",
        (),
        "Also lets `backfill` use `--batch` and `--all`, jobs of S3 Batch Operations.",
        (
            Statement(("s3:CreateJob", "s3:DescribeJob")),
            Statement(
                ("iam:PassRole",),
                (_BATCH_ROLE,),
                (
                    "StringEquals",
                    "iam:PassedToService",
                    "batchoperations.s3.amazonaws.com",
                ),
            ),
        ),
    ),
    Group(
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
                (_WORKGROUP,),
            ),
            Statement(
                ("athena:GetDataCatalog",), ("arn:aws:athena:*:*:datacatalog/*",)
            ),
            Statement(
                ("glue:GetCatalog", "glue:GetDatabase", "glue:GetTable"),
                (
                    *_CATALOGS,
                    f"{_GLUE}database/s3tablescatalog/aws-s3/b_resize-*",
                    f"{_GLUE}table/s3tablescatalog/aws-s3/b_resize-*/*",
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
                (_TABLES, f"{_TABLES}/table/*"),
            ),
            Statement(("lakeformation:GetDataAccess",)),
            Statement(("s3:GetBucketMetadataTableConfiguration",), (ORIGINAL, RESIZED)),
            Statement(
                ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"), (JOBS,)
            ),
            Statement(
                (
                    "s3:PutObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ),
                (f"{JOBS}/athena/*",),
            ),
        ),
    ),
    Group(
        "upload",
        ("upload",),
        "Uploads originals, also over existing ones.",
        (Statement(("s3:PutObject",), (f"{ORIGINAL}/*",)),),
    ),
    Group(
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
    ),
    Group(
        "invalidate",
        ("invalidate",),
        "Makes CloudFront forget variants; with [delivery](delivery.md) only.",
        (
            Statement(
                ("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"),
                ("arn:aws:cloudfront::*:distribution/*",),
            ),
        ),
    ),
    Group(
        "emergency",
        (),
        "What the [runbook](runbook.md) does with the AWS CLI.",
        (
            Statement(("lambda:GetAccountSettings",)),
            Statement(("s3:ListJobs", "s3:DescribeJob")),
            Statement(
                (
                    "lambda:GetPolicy",
                    "lambda:GetFunctionConcurrency",
                    "lambda:PutFunctionConcurrency",
                    "lambda:DeleteFunctionConcurrency",
                ),
                (_FUNCTION,),
            ),
            Statement(
                ("s3:GetBucketNotification", "s3:GetBucketPolicy"),
                (ORIGINAL, RESIZED),
            ),
            Statement(("s3:PutBucketPolicy",), (RESIZED,)),
        ),
    ),
    Group(
        "deploy",
        (),
        "Runs `npx cdk deploy`, `diff` and `destroy`: `cdk bootstrap` made roles that "
        "have the rights, which the CDK takes on. Bootstrapping itself needs an "
        "administrator, once per account and region.",
        (Statement(("sts:AssumeRole",), (_CDK_ROLES,)),),
    ),
)


def _one_or_more(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def main() -> None:
    """Update the document."""
    DOCUMENT.write_text(written(DOCUMENT.read_text()))


def written(document: str) -> str:
    """Return the document with its policies updated from the table."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END, 1)
    sections = "\n".join(map(_section, GROUPS))
    return f"{before}{BEGIN}\n{sections}{END}{after}"


def _section(group: Group) -> str:
    commands = ", ".join(f"`{one}`" for one in group.commands)
    text = "\n".join(wrap(group.meaning, 110))
    text = f"For {commands}.\n{text}" if commands else text
    policy = json.dumps(group.policy(), indent=2)
    return f"## {group.name}\n\n{text}\n\n```json\n{policy}\n```\n"


if __name__ == "__main__":
    main()
