"""The permissions of those who change the stack itself."""

from __future__ import annotations

from scripts.permissions.policy import Group, Statement
from scripts.permissions.resources import CDK_ROLES, FUNCTION, ORIGINAL, RESIZED

EMERGENCY = Group(
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
            (FUNCTION,),
        ),
        Statement(
            ("s3:GetBucketNotification", "s3:GetBucketPolicy"),
            (ORIGINAL, RESIZED),
        ),
        Statement(("s3:PutBucketPolicy",), (RESIZED,)),
    ),
)

DEPLOY = Group(
    "deploy",
    (),
    "Runs `npx cdk deploy`, `diff` and `destroy`: `cdk bootstrap` made roles that "
    "have the rights, which the CDK takes on. Bootstrapping itself needs an "
    "administrator, once per account and region.",
    (Statement(("sts:AssumeRole",), (CDK_ROLES,)),),
)
