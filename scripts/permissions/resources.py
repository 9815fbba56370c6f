"""What the policies are about, as ARNs with the default name of the stack."""

from __future__ import annotations

STACK = "ResizeOnUpload"
ORIGINAL, RESIZED, JOBS = (
    f"arn:aws:s3:::resize-*-{name}" for name in ("original", "resized", "jobs")
)
FUNCTION = f"arn:aws:lambda:*:*:function:{STACK}-*"
QUEUES = f"arn:aws:sqs:*:*:{STACK}-*"
INTAKE = f"arn:aws:sqs:*:*:{STACK}-Intake*"
LOGS = f"arn:aws:logs:*:*:log-group:{STACK}-*"
BATCH_ROLE = f"arn:aws:iam::*:role/{STACK}-BackfillRole*"
CDK_ROLES = "arn:aws:iam::*:role/cdk-*"
WORKGROUP = f"arn:aws:athena:*:*:workgroup/{STACK}"
TABLE_BUCKET = "arn:aws:s3tables:*:*:bucket/aws-s3"
GLUE = "arn:aws:glue:*:*:"
CATALOGS = tuple(
    f"{GLUE}catalog{path}"
    for path in ("", "/s3tablescatalog", "/s3tablescatalog/aws-s3")
)
