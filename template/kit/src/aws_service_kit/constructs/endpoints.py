"""VPC endpoints by the actions of IAM policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping

# Gateway endpoints are free of charge, so every network has them.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAYS = ("dynamodb", "s3")

# Last part of the endpoint's service name, by the prefix of actions or by one action. Only services
# with an endpoint in every region: Cost Explorer and Budgets, for example, have none outside
# us-east-1.
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
    """Return the endpoint that an action needs, or None if there is none.

    Args:
        action: An action such as `sqs:SendMessage`.
        endpoints: Endpoints in the form of `ENDPOINTS`.
    """
    return endpoints.get(action) or endpoints.get(action.partition(":")[0])


def only_this_account() -> iam.PolicyDocument:
    """Return an endpoint policy that admits principals of this account only.

    It grants no permissions, which are in the principals' policies. It prevents the use of another
    account's credentials to move data out of the network.
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
