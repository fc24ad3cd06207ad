"""A customer managed KMS key of an environment, for services whose configuration has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct
from typing_extensions import deprecated

from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.runtime.former_names import names_renamed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former

STACK = "encryption"

# Actions for sending to an encrypted queue or topic, and for reading from one.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
ENCRYPT_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
DECRYPT_ACTIONS = ("kms:Decrypt",)


class EncryptionKey(Construct):
    """A KMS key, rotated every year, that encrypts all data of one environment.

    Its stack is built before all others and refers to none of them: the key policy names AWS
    services, and their resources by patterns of this account. The roles of functions allow use of
    the key through the AWS services that each function calls (`statement`).

    The policy keeps an AWS service when its stack is switched off, since deployed resources of that
    stack still need the key.

    Example:
        ```python
        environment.key = EncryptionKey(stack, "Key")
        ```

    Attributes:
        arn: The key's ARN.
        key: CDK's key.
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self._stack = Stack.of(self)
        self._admitted: dict[str, list[Mapping[str, Mapping[str, str]]]] = {}
        self.key = kms.Key(
            self,
            "Key",
            description=f"Encrypts the data of {environment.name} in {environment.settings.name}",
            alias=f"alias/{environment.name}-{environment.settings.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy(environment),
            policy=iam.PolicyDocument(statements=[self._account_statement()]),
        )
        pin_logical_id(self.key, construct_id)
        self.arn = self.key.key_arn
        export(self, self.arn)
        self._admit_logs()
        self._admit_events()
        self.allow_service("sns.amazonaws.com", self._source("sns", "*"))

    def allow_service(
        self, service: str, condition: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Allow an AWS service to use the key for deliveries to encrypted queues.

        Args:
            service: The service's principal, such as `s3.amazonaws.com`.
            condition: Condition of the statement. By default the source is in this account, unless
                the service has another statement already.
        """
        admitted = self._admitted.setdefault(service, [])
        if condition in admitted or (condition is None and admitted):
            return
        of_this_account = {"StringEquals": {"aws:SourceAccount": self._stack.account}}
        sid = f"{_sid('Send', service)}{len(admitted) + 1 if admitted else ''}"
        admitted.append(condition or of_this_account)
        self._add(sid, service, ENCRYPT_ACTIONS, condition or of_this_account)

    def statement(self, service: str, actions: Sequence[str]) -> iam.PolicyStatement:
        """Return a statement that allows a role to use the key through one AWS service only.

        The service calls KMS on the role's behalf, so a role in a network needs no endpoint for it.
        https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service

        Args:
            service: First part of the service's endpoint, such as `sqs`.
            actions: Exact actions, such as `kms:Decrypt`.
        """
        via = f"{service}.{self._stack.region}.amazonaws.com"
        return iam.PolicyStatement(
            sid=_sid("UseKeyBy", service),
            actions=list(actions),
            resources=[self.arn],
            conditions={"StringEquals": {"kms:ViaService": via}},
        )

    @deprecated("admit is called allow_service since 2.1.0")
    def admit(self, service: str, condition: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """The former name of `allow_service`."""
        self.allow_service(service, condition)

    @deprecated("machine_statements is called state_machine_statements since 2.1.0")
    def machine_statements(self) -> list[iam.PolicyStatement]:
        """The former name of `state_machine_statements`."""
        return self.state_machine_statements()

    def state_machine_statements(self) -> list[iam.PolicyStatement]:
        """Return statements that allow a state machine to use the key for executions and logs.

        The state machine is created after its role, so they name all state machines of the account.
        https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
        """
        state_machines = self._arn("states", "stateMachine:*")
        logs = self._arn("logs", "*")
        return [
            iam.PolicyStatement(
                sid="UseKeyForExecutions",
                actions=list(ENCRYPT_ACTIONS),
                resources=[self.arn],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:states:stateMachineArn": state_machines}
                },
            ),
            iam.PolicyStatement(
                sid="UseKeyForLogs",
                actions=["kms:GenerateDataKey"],
                resources=[self.arn],
                conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
            ),
        ]

    def _account_statement(self) -> iam.PolicyStatement:
        # Without it no one, not even the account's root user, could change the key again.
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
        # Step Functions delivers the log lines of a state machine encrypted.
        # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
        self._add(
            "DeliverLogs",
            "delivery.logs.amazonaws.com",
            DECRYPT_ACTIONS,
            {"StringEquals": {"kms:EncryptionContext:SourceArn": self._arn("logs", "*")}},
        )

    def _admit_events(self) -> None:
        # The encryption context of an archive names the bus, too.
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
        self.allow_service(service, self._source("events", "rule/*"))

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


def encryption_key_for(scope: Construct) -> kms.IKey | None:
    """Return the key that encrypts a resource; None for keys that AWS manages.

    It is an imported key, so CDK adds nothing to its policy, which is already complete.

    Args:
        scope: The resource's construct; call this once for each.

    Raises:
        ArgumentError: The resource's stack isn't in the key's region.
    """
    environment = ServiceEnvironment.of(scope)
    if environment.key is None or environment.settings.encryption != "customer":
        return None
    here, region = Stack.of(scope).region, environment.settings.region
    require(
        scope, here == region, f"the environment's key is in {region}, and this stack in {here}"
    )
    return kms.Key.from_key_arn(scope, "EncryptionKey", environment.key.arn)


@deprecated("key_of is called encryption_key_for since 2.1.0")
def key_of(scope: Construct, service: ServiceEnvironment) -> kms.IKey | None:
    """The former name of `encryption_key_for`."""
    del service  # found by the construct's scope
    return encryption_key_for(scope)


def _sid(verb: str, service: str) -> str:
    name = service.removesuffix(".amazonaws.com")
    return verb + "".join(part.capitalize() for part in name.replace("-", ".").split("."))


if TYPE_CHECKING:
    SEND = ENCRYPT_ACTIONS
    READ = DECRYPT_ACTIONS
else:
    __getattr__ = names_renamed(__name__, SEND="ENCRYPT_ACTIONS", READ="DECRYPT_ACTIONS")
