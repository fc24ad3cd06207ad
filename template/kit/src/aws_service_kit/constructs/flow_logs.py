"""VPC flow logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.log_group import LogGroup

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former

# Aggregation interval in seconds; a longer one writes fewer lines.
AGGREGATION_INTERVAL = 600


class FlowLogs(Construct):
    """Flow logs of a VPC, of accepted and rejected connections, in a dedicated log group.

    Example:
        ```python
        FlowLogs(stack, "FlowLogs", vpc_id="vpc-0123456789abcdef0")
        ```

    Args:
        vpc_id: Id of the VPC.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc_id: str, **former: Unpack[Former]
    ) -> None:
        super().__init__(scope, construct_id)
        ServiceEnvironment.of(self, **former)
        group = LogGroup(self, "Logs")
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        role = iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="WriteFlowLogs",
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[group.log_group_arn],
            )
        )
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_type="VPC",
            resource_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
            max_aggregation_interval=AGGREGATION_INTERVAL,
        )
        # Without the role's permissions the first lines would be lost.
        flow_log.node.add_dependency(role)
