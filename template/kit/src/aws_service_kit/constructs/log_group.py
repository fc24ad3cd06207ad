"""A CloudWatch log group with a retention."""

from typing import Unpack

from aws_cdk import aws_logs as logs
from constructs import Construct

from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import encryption_key_for
from aws_service_kit.constructs.environment import Former, ServiceEnvironment
from aws_service_kit.constructs.stateful import removal_policy


class LogGroup(logs.LogGroup):
    """A log group with the environment's retention and removal (guideline, 9.3).

    It is encrypted with a key of CloudWatch Logs, or with the environment's key if there is one.

    Example:
        ```python
        LogGroup(stack, "ImportLogs")
        ```

    Args:
        name: The group's name, only where AWS requires a name or a prefix.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str | None = None,
        **former: Unpack[Former],
    ) -> None:
        environment = ServiceEnvironment.of(scope, **former)
        super().__init__(
            scope, construct_id, log_group_name=name, removal_policy=removal_policy(environment)
        )
        key = encryption_key_for(self)
        # Set by property: CloudFormation takes days, and CDK takes members of RetentionDays.
        cfn = cfn_resource(self, logs.CfnLogGroup)
        cfn.retention_in_days = environment.settings.log_retention_days
        cfn.kms_key_id = None if key is None else key.key_arn
