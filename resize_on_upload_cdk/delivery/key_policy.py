"""What CloudFront needs of the key `resizedKmsKey`, which the stack does not own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_cloudfront as cloudfront

OUTPUT = "KeyPolicyStatement"

_OF_CDK = (
    # It would grant all distributions access to a key that it cannot change anyway.
    "@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac",
    "@aws-cdk/aws-cloudfront-origins:updateImportedKeyPolicyOac",
)


def statement(distribution: cloudfront.Distribution) -> str:
    """The statement to add to the key's policy, as JSON."""
    return cdk.Stack.of(distribution).to_json_string(
        {
            "Sid": "LetCloudFrontReadVariants",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"AWS:SourceArn": distribution.distribution_arn}
            },
        }
    )


def warn(distribution: cloudfront.Distribution) -> None:
    """Say at synth that the statement is missing, in place of CDK's own warnings."""
    for warning in _OF_CDK:
        annotations = cdk.Annotations.of(cdk.Stack.of(distribution))
        annotations.acknowledge_warning(warning)
    cdk.Annotations.of(distribution).add_warning_v2(
        "resize-on-upload:resizedKmsKey",
        "CloudFront cannot read variants before the policy of resizedKmsKey has the "
        f"statement in the output {OUTPUT}. Until then the on-request function sends "
        "every variant, which is slower and costs more.",
    )
