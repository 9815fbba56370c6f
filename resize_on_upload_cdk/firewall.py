"""A separate stack: a web ACL for the distribution, in the one region that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2

from resize_on_upload_cdk.configuration.viewers.access_parsers import CLOUDFRONT_REGION

if TYPE_CHECKING:
    from constructs import Construct

REQUESTS_PER_ADDRESS = 2_000
"""In five minutes; more are blocked."""

_SECONDS = 300

_COUNTED = ("SizeRestrictions_URIPATH",)
"""Blocks paths of more than 1,024 bytes; an encoded key may have 3,072."""


class ResizeFirewall(cdk.Stack):
    """Deployed once, by itself; the setting `webAcl` then takes its output.

    A reference between the two stacks would add functions that copy the ARN from one
    region to the other. The stack has no assets, so it needs no `cdk bootstrap` there.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            description="A firewall for the images that resize-on-upload serves.",
            env=cdk.Environment(region=CLOUDFRONT_REGION),
            synthesizer=cdk.LegacyStackSynthesizer(),
        )
        acl = wafv2.CfnWebACL(
            self,
            "Firewall",
            scope="CLOUDFRONT",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_metrics("Firewall"),
            rules=[
                _managed(0, "AWSManagedRulesAmazonIpReputationList"),
                _rate(1),
                _managed(2, "AWSManagedRulesCommonRuleSet", _COUNTED),
            ],
        )
        cdk.CfnOutput(
            self,
            "WebAclArn",
            value=acl.attr_arn,
            description="The value of the setting webAcl",
        )


def _managed(
    priority: int, name: str, counted: tuple[str, ...] = ()
) -> wafv2.CfnWebACL.RuleProperty:
    """A group of rules that AWS maintains; those that are counted block nothing."""
    overrides = [
        wafv2.CfnWebACL.RuleActionOverrideProperty(
            name=rule,
            action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={}),
        )
        for rule in counted
    ]
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=overrides or None
    )
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_metrics(name),
    )


def _rate(priority: int) -> wafv2.CfnWebACL.RuleProperty:
    """Block an address while too many requests come from it."""
    return wafv2.CfnWebACL.RuleProperty(
        name="RequestsPerAddress",
        priority=priority,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP",
                evaluation_window_sec=_SECONDS,
                limit=REQUESTS_PER_ADDRESS,
            )
        ),
        visibility_config=_metrics("RequestsPerAddress"),
    )


def _metrics(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        sampled_requests_enabled=True,
    )
