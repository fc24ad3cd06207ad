"""A web application firewall before an API."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_RULE_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
# The common rule set blocks bodies above 8 KB. The service itself refuses what is too large, with
# 413 and in the form of its errors, so this rule only counts.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
COUNTED_RULES = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}

# How much of a body WAF can inspect, in steps.
# https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html
INSPECTION_STEP_KB = 16

# Over which WAF counts by default.
RATE_WINDOW_SECONDS = 300
REQUESTS_PER_ADDRESS_IN_5_MINUTES = 2000


class WebFirewall(Construct):
    """AWS's managed rules and a rate limit per address, before one stage of an API.

    No rule has a response of its own: API Gateway answers what the firewall blocks
    (`WAF_FILTERED`), as a problem document with a correlation id, which WAF's custom responses
    can't have.

    It keeps metrics but no samples and no logs: they would hold callers' data.

    Args:
        stage: The stage.
        rate_per_second: Requests per second that the API takes; a single address may send as many
            over five minutes. None: 2,000 in five minutes.
        burst: Requests that the API takes at once, on top.
        max_body_kb: Largest body that the service reads, in units of 1,024 bytes, up to 64: WAF
            inspects all of it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: apigateway.Stage,
        rate_per_second: int | None = None,
        burst: int = 0,
        max_body_kb: int = 64,
    ) -> None:
        super().__init__(scope, construct_id)
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("WebFirewall"),
            association_config=_inspection(max_body_kb),
            rules=[
                _rate_limit(_requests_per_address(rate_per_second, burst), priority=0),
                *(
                    _managed_rules(name, priority=priority)
                    for priority, name in enumerate(MANAGED_RULE_GROUPS, start=1)
                ),
            ],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )


def _requests_per_address(rate_per_second: int | None, burst: int) -> int:
    if rate_per_second is None:
        return REQUESTS_PER_ADDRESS_IN_5_MINUTES
    return rate_per_second * RATE_WINDOW_SECONDS + burst


def _inspection(max_body_kb: int) -> wafv2.CfnWebACL.AssociationConfigProperty:
    steps = -(-max_body_kb // INSPECTION_STEP_KB)
    return wafv2.CfnWebACL.AssociationConfigProperty(
        request_body={
            "API_GATEWAY": wafv2.CfnWebACL.RequestBodyAssociatedResourceTypeConfigProperty(
                default_size_inspection_limit=f"KB_{steps * INSPECTION_STEP_KB}"
            )
        }
    )


def _rate_limit(requests: int, *, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name="RateLimit",
        priority=priority,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests
            )
        ),
        visibility_config=_visibility("RateLimit"),
    )


def _managed_rules(name: str, *, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, rule_action_overrides=_overrides(name)
            )
        ),
        visibility_config=_visibility(name),
    )


def _overrides(name: str) -> list[wafv2.CfnWebACL.RuleActionOverrideProperty] | None:
    return [
        wafv2.CfnWebACL.RuleActionOverrideProperty(
            name=rule, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
        )
        for rule in COUNTED_RULES.get(name, ())
    ] or None


def _visibility(metric_name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric_name, sampled_requests_enabled=False
    )
