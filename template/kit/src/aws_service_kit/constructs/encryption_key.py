"""The environment's own key, for services whose configuration chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.constructs.service import Service

STACK = "encryption"

# What sending to an encrypted queue or topic, and reading from one, takes.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
SEND = ("kms:Decrypt", "kms:GenerateDataKey")
READ = ("kms:Decrypt",)


class EncryptionKey(Construct):
    """A key that AWS rotates every year and that encrypts everything of one environment.

    The key stands in a stack that is built before all others and refers to none of them: its policy
    names AWS services, and their resources by patterns of this account. Functions are allowed to
    use it by their own roles, each by way of the AWS services that it calls (`statement`).

    A service of the policy stays there when its stack is switched off: what was deployed of that
    stack still needs the key.

    Args:
        service: The environment's service.

    Attributes:
        arn: The key's ARN.
        key: The key itself.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self._stack = Stack.of(self)
        self._admitted: set[str] = set()
        self.key = kms.Key(
            self,
            "Key",
            description=f"Encrypts the data of {service.name} in {service.environment.name}",
            alias=f"alias/{service.name}-{service.environment.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy(service),
            policy=iam.PolicyDocument(statements=[self._own_account()]),
        )
        pin_logical_id(self.key, construct_id)
        self.arn = self.key.key_arn
        export(self, self.arn)
        self._admit_logs()
        self._admit_events()
        self.admit("sns.amazonaws.com", self._source("sns", "*"))

    def admit(self, service: str, condition: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Allow an AWS service to send what it delivers to encrypted queues.

        Args:
            service: The service's principal, such as `s3.amazonaws.com`.
            condition: For what; by default for any resource of this account.
        """
        if service in self._admitted:
            return
        own_account = {"StringEquals": {"aws:SourceAccount": self._stack.account}}
        self._admitted.add(service)
        self._add(_sid("Send", service), service, SEND, condition or own_account)

    def statement(self, service: str, actions: Sequence[str]) -> iam.PolicyStatement:
        """Give what allows a role to use the key, by way of one AWS service only.

        The service calls KMS on the role's behalf, so a role in a network needs no endpoint for it.
        https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service

        Args:
            service: Begins the service's endpoint, such as `sqs`.
            actions: Exact actions, such as `kms:Decrypt`.
        """
        via = f"{service}.{self._stack.region}.amazonaws.com"
        return iam.PolicyStatement(
            sid=_sid("UseKeyBy", service),
            actions=list(actions),
            resources=[self.arn],
            conditions={"StringEquals": {"kms:ViaService": via}},
        )

    def machine_statements(self) -> list[iam.PolicyStatement]:
        """Give what allows a state machine's role to use the key, for executions and for logs.

        The machine's name is made after its role, so the statement names the account's machines.
        https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
        """
        machines = self._arn("states", "stateMachine:*")
        logs = self._arn("logs", "*")
        return [
            iam.PolicyStatement(
                sid="UseKeyForExecutions",
                actions=list(SEND),
                resources=[self.arn],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}
                },
            ),
            iam.PolicyStatement(
                sid="UseKeyForLogs",
                actions=["kms:GenerateDataKey"],
                resources=[self.arn],
                conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
            ),
        ]

    def _own_account(self) -> iam.PolicyStatement:
        # Without it no one, not even the account's root, could change the key again.
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        return iam.PolicyStatement(
            sid="LetPoliciesOfThisAccountDecide",
            principals=[iam.AccountRootPrincipal()],
            actions=["kms:*"],
            resources=["*"],
        )

    def _admit_logs(self) -> None:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        self._add(
            "EncryptLogs",
            f"logs.{self._stack.region}.amazonaws.com",
            [
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": self._arn("logs", "log-group:*"),
                }
            },
        )
        # A state machine's log lines arrive encrypted.
        # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
        self._add(
            "DeliverLogs",
            "delivery.logs.amazonaws.com",
            READ,
            {"StringEquals": {"kms:EncryptionContext:SourceArn": self._arn("logs", "*")}},
        )

    def _admit_events(self) -> None:
        # Of archives, too, the encryption context names the bus.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
        service = "events.amazonaws.com"
        buses = self._arn("events", "event-bus/*")
        self._add(
            "EncryptEvents",
            service,
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            {"ArnLike": {"kms:EncryptionContext:aws:events:event-bus:arn": buses}},
        )
        self._add(
            "DescribeKeyOfEvents",
            service,
            ["kms:DescribeKey"],
            {"StringEquals": {"aws:SourceAccount": self._stack.account}},
        )
        self.admit(service, self._source("events", "rule/*"))

    def _add(
        self,
        sid: str,
        service: str,
        actions: Sequence[str],
        conditions: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(service)],
                actions=list(actions),
                # In a key's policy `*` is the key itself.
                resources=["*"],
                conditions=dict(conditions),
            )
        )

    def _source(self, service: str, resource: str) -> dict[str, dict[str, str]]:
        return {"ArnLike": {"aws:SourceArn": self._arn(service, resource)}}

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._stack.region}:{self._stack.account}:{resource}"


def key_of(scope: Construct, service: Service) -> kms.IKey | None:
    """Give the key that a resource is encrypted with; None for keys of AWS.

    It can't be changed: what CDK would add to its policy is there already.

    Args:
        scope: The resource's component; one call for each.
        service: The environment's service.

    Raises:
        ArgumentError: The resource's stack is in another region than the key.
    """
    if service.key is None or service.environment.encryption != "customer":
        return None
    here, region = Stack.of(scope).region, service.environment.region
    check(scope, here == region, f"the environment's key is in {region}, and this stack in {here}")
    return kms.Key.from_key_arn(scope, "EncryptionKey", service.key.arn)


def _sid(verb: str, service: str) -> str:
    name = service.removesuffix(".amazonaws.com")
    return verb + "".join(part.capitalize() for part in name.replace("-", ".").split("."))
