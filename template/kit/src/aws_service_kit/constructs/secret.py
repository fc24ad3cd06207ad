"""A Secrets Manager secret with a generated value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from aws_service_kit.config.resources import SecretSettings
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import (
    DECRYPT_ACTIONS,
    ENCRYPT_ACTIONS,
    encryption_key_for,
)
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.values import settings_of

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function


# Allowed rotation intervals in days.
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
ROTATION_DAYS = range(1, 1001)


class GeneratedSecret(Construct):
    """A random string in Secrets Manager, encrypted with an AWS managed key or the environment's.

    Example:
        ```python
        secret = GeneratedSecret(stack, "CursorKey", description="Signs cursors", rotation=function)
        secret.grant_read(function)
        ```

    Args:
        description: The purpose of the secret.
        rotation: The rotation function; its handler is a
            `aws_service_kit.runtime.rotation.rotation`.
        rotation_days: Days between rotations; 30 by default.

    Attributes:
        arn: The secret's ARN, for functions.
        secret: CDK's secret.

    Raises:
        ArgumentError: `rotation_days` is out of range.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        rotation: Function | None = None,
        rotation_days: int | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        days = settings_of(self, SecretSettings, rotation_days=rotation_days).rotation_days
        require(self, days in ROTATION_DAYS, "rotation_days is 1 to 1000")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description=description,
            encryption_key=encryption_key_for(self),
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            removal_policy=removal_policy(environment),
        )
        pin_logical_id(self.secret, construct_id)
        # In AWS, `Ref` is the ARN, too. In the emulator it is the name, which policies can't use.
        self.arn = cfn_resource(self.secret, secretsmanager.CfnSecret).attr_id
        if rotation is not None:
            self._rotate(rotation, days=days)
        else:
            self._acknowledge()

    def grant_read(self, function: Function) -> None:
        """Allow a function to read the value."""
        function.allow(
            f"Read{self.node.id}", actions=["secretsmanager:GetSecretValue"], resources=[self.arn]
        )
        function.use_key("secretsmanager", DECRYPT_ACTIONS)

    def _rotate(self, function: Function, *, days: int) -> None:
        """Have Secrets Manager rotate the value with the function, at an interval.

        CDK's `add_rotation_schedule` adds statements without ids. One of them has a wildcard, for
        passwords that Secrets Manager generates; here the function generates the value.
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
        """
        function.allow(
            f"Rotate{self.node.id}",
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=[self.arn],
        )
        function.use_key("secretsmanager", ENCRYPT_ACTIONS)
        permission = lambda_.CfnPermission(
            self,
            "RotationPermission",
            action="lambda:InvokeFunction",
            function_name=function.function.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_account=Aws.ACCOUNT_ID,
            source_arn=self.secret.secret_arn,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Rotation",
            secret_id=self.secret.secret_arn,
            # The function's ARN instead of the alias's: AWS doesn't document qualified ARNs.
            # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
            rotation_lambda_arn=function.function.function_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=days
            ),
            # The first rotation starts with the deployment, not a month later. It is asynchronous:
            # a failure doesn't fail the deployment, but the alarm on the function's errors reports
            # it.
            rotate_immediately_on_update=True,
        )
        schedule.add_resource_dependency(permission)

    def _acknowledge(self) -> None:
        acknowledge(
            self.secret,
            {
                "AwsSolutions-SMG4": (
                    "Only this service uses the value, and reads it again when its cache expires. "
                    "A new value rotates it, and invalidates signatures made with the old one."
                )
            },
        )
