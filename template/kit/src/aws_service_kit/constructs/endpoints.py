"""Which VPC endpoint leads to what an action of a policy calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping

# Free of charge, and routes of the subnets, so every network has them.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAYS = ("dynamodb", "s3")

# Prefix of actions, or one action: last part of the endpoint's service name. What every region has;
# Cost Explorer and Budgets, for two, are reached from us-east-1 only, or not at all.
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
ENDPOINTS = {
    "cloudwatch": "monitoring",
    "events": "events",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "states",
    "states:StartSyncExecution": "sync-states",
    "sts": "sts",
}


def endpoint_of(action: str, endpoints: Mapping[str, str]) -> str | None:
    """Give the endpoint that an action needs, or None if there is none.

    Args:
        action: Such as `sqs:SendMessage`.
        endpoints: Like `ENDPOINTS`.
    """
    return endpoints.get(action) or endpoints.get(action.partition(":")[0])


def only_this_account() -> iam.PolicyDocument:
    """Give an endpoint's policy that lets this account's principals through, and nobody else.

    It grants nothing: what a principal may do, its own policies say. Credentials of another account
    can't carry anything out of the network.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    statement = iam.PolicyStatement(
        sid="OnlyThisAccount",
        principals=[iam.AnyPrincipal()],
        actions=["*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    )
    return iam.PolicyDocument(statements=[statement])
