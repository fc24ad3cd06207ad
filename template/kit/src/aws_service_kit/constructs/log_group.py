"""A log group that doesn't outlive its retention."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import key_of
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stateful import removal_policy


class LogGroup(logs.LogGroup):
    """A log group with the environment's retention and removal (guideline, 9.3).

    CloudWatch Logs encrypts it with a key of its own, or with the environment's.

    Args:
        name: Only for a group whose name, or its beginning, AWS dictates.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, service: Service, name: str | None = None
    ) -> None:
        super().__init__(
            scope, construct_id, log_group_name=name, removal_policy=removal_policy(service)
        )
        key = key_of(self, service)
        # The configuration counts days, RetentionDays names periods: CloudFormation takes days.
        cfn = cfn_resource(self, logs.CfnLogGroup)
        cfn.retention_in_days = service.environment.log_retention_days
        cfn.kms_key_id = None if key is None else key.key_arn
