"""A secret that AWS makes up and nobody ever sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import READ, SEND, key_of
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy

if TYPE_CHECKING:
    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service


# How many days apart rotations can be.
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
ROTATION_DAYS = range(1, 1001)


class GeneratedSecret(Construct):
    """A random string in Secrets Manager, encrypted with its key of the account or the service's.

    Args:
        service: The environment's service.
        description: What it is for.
        rotation: Makes up a new value when it is time; its handler is a
            `aws_service_kit.runtime.rotation.rotation`.
        rotation_days: How many days a value is the current one.

    Attributes:
        arn: The secret's ARN, for functions.
        secret: The secret itself.

    Raises:
        ArgumentError: Secrets Manager takes no such `rotation_days`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        description: str,
        rotation: ServiceFunction | None = None,
        rotation_days: int = 30,
    ) -> None:
        super().__init__(scope, construct_id)
        check(self, rotation_days in ROTATION_DAYS, "rotation_days is 1 to 1000")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description=description,
            encryption_key=key_of(self, service),
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            removal_policy=removal_policy(service),
        )
        pin_logical_id(self.secret, construct_id)
        # In AWS what `Ref` gives too; the emulator's gives the name, which policies don't know.
        self.arn = cfn_resource(self.secret, secretsmanager.CfnSecret).attr_id
        if rotation is not None:
            self._rotate(rotation, days=rotation_days)
        else:
            self._acknowledge()

    def grant_read(self, function: ServiceFunction) -> None:
        """Allow a function to read the value."""
        function.allow(
            f"Read{self.node.id}", actions=["secretsmanager:GetSecretValue"], resources=[self.arn]
        )
        function.use_key("secretsmanager", READ)

    def _rotate(self, function: ServiceFunction, *, days: int) -> None:
        """Let Secrets Manager call the function now and then, and the function change the value.

        CDK's own `add_rotation_schedule` adds statements without ids, and one with a wildcard for
        passwords that Secrets Manager makes up; the function makes up its own.
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
        function.use_key("secretsmanager", SEND)
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
            # Not the alias: AWS documents a function's ARN, and says nothing of qualified ones.
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
                    "Only this service knows the value, and reads it anew when its cache expires: "
                    "writing another one rotates it. What the old one signed ends with it."
                )
            },
        )
