"""Wildcards in policies that can't be narrower."""

from __future__ import annotations

import re

from aws_service_kit.controls.evidence.actions import NETWORK_INTERFACES, TRACING
from aws_service_kit.controls.evidence.assembly import text
from aws_service_kit.controls.evidence.policies import Statement
from aws_service_kit.controls.evidence.values import Joined, Reference, Value, items

# Actions without resource-level permissions: only they may have a wildcard, in a separate
# statement.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
WITHOUT_RESOURCES = {
    "ce:GetCostAndUsage",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    *NETWORK_INTERFACES,
    *TRACING,
}

# Objects get their names at run time, so a policy covers all keys below a prefix of one bucket.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
OBJECT_ACTIONS = {"s3:GetObject", "s3:PutObject"}
BELOW_A_PREFIX = re.compile(r"(/[A-Za-z0-9_-]+)+/\*")


def has_wildcard(statement: Statement) -> bool:
    """Return whether a statement allows more than the resources that it names."""
    if statement.negated or any("*" in action for action in statement.actions):
        return True
    if set(statement.actions) <= WITHOUT_RESOURCES:
        return False
    objects = set(statement.actions) <= OBJECT_ACTIONS
    return any(
        "*" in text(resource) and not (objects and _is_below_a_prefix(resource))
        for resource in items(statement.resources)
    )


def _is_below_a_prefix(resource: Value) -> bool:
    match resource:
        case Joined((Reference(attribute="Arn"), str(keys))):
            return BELOW_A_PREFIX.fullmatch(keys) is not None
    return False
