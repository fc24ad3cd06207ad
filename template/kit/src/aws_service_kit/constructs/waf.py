"""A web application firewall (AWS WAF) of an API."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from aws_service_kit.config.schema import MANAGED_RULE_GROUPS
from aws_service_kit.runtime.former_names import names_renamed

# The common rule set blocks bodies above 8 KB. This rule only counts, since the service itself
# rejects larger bodies with 413, in the form of its errors.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
COUNTED_RULES = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}

# Sizes of a body that WAF can inspect, in KB.
# https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html
INSPECTION_STEP_KB = 16

# WAF's default evaluation window in seconds.
RATE_WINDOW_SECONDS = 300
# Maximum requests of an address within that window, for an API without a rate.
DEFAULT_RATE_LIMIT = 2000


class WebAcl(Construct):
    """A web ACL for a stage of an API: AWS's managed rules and a rate limit per address.

    No rule has a custom response. API Gateway's response to blocked requests (`WAF_FILTERED`) has
    problem details and a correlation id, which WAF's custom responses can't have.

    It has metrics, but no sampled requests and no logs, which would contain callers' data.

    Example:
        ```python
        WebAcl(stack, "Firewall", stage=api.api.deployment_stage, rate_per_second=50)
        ```

    Args:
        stage: The stage.
        rate_per_second: The API's limit of requests per second; a single address may send as many
            on average over five minutes. None limits an address to 2,000 in five minutes.
        requests_per_address: Limit of a single address in five minutes, instead of the computed
            one.
        managed_rule_groups: AWS's managed rule groups, in the order of their priority.
        burst: The API's burst limit, which is added to an address's limit.
        max_body_kb: Largest body that WAF inspects, in units of 1,024 bytes, up to 64: the
            service's limit.
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
        requests_per_address: int | None = None,
        managed_rule_groups: Sequence[str] = MANAGED_RULE_GROUPS,
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
                _rate_limit(
                    requests_per_address or _requests_per_address(rate_per_second, burst),
                    priority=0,
                ),
                *(
                    _managed_rules(name, priority=priority)
                    for priority, name in enumerate(managed_rule_groups, start=1)
                ),
            ],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )


def _requests_per_address(rate_per_second: int | None, burst: int) -> int:
    if rate_per_second is None:
        return DEFAULT_RATE_LIMIT
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


if TYPE_CHECKING:
    WebFirewall = WebAcl
    REQUESTS_PER_ADDRESS_IN_5_MINUTES = DEFAULT_RATE_LIMIT
else:
    __getattr__ = names_renamed(
        __name__,
        WebFirewall="WebAcl",
        REQUESTS_PER_ADDRESS_IN_5_MINUTES="DEFAULT_RATE_LIMIT",
    )
