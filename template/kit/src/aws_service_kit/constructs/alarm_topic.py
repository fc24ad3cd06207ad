"""The SNS topic that alarms are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former

ALARMS = "cloudwatch.amazonaws.com"


class AlarmTopic(Construct):
    """An encrypted, TLS-only SNS topic that sends this account's alarms by e-mail.

    The topic has a dedicated key, which costs a dollar a month. An alarm can't publish to a topic
    that is encrypted with SNS's AWS managed key: the policy of that key allows no AWS service and
    can't be changed.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services

    Example:
        ```python
        AlarmTopic(stack, "AlarmTopic")  # receives the alarms of the stacks built after it
        ```

    Attributes:
        arn: The topic's ARN.
        topic: CDK's topic.
        key: The key that encrypts the topic.
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self.key = self._add_key(environment)
        pin_logical_id(self.key, f"{construct_id}Key")
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=self.key)
        pin_logical_id(self.topic, construct_id)
        self.topic.apply_removal_policy(removal_policy(environment))
        self.arn = self.topic.topic_arn
        require(self, environment.alarm_topic is None, "the environment has an alarm topic already")
        environment.alarm_topic = self
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TakeAlarms",
                principals=[_alarms_of_this_account()],
                actions=["sns:Publish"],
                resources=[self.arn],
            )
        )
        self._subscribe_email(environment.config.service.alarm_email)
        environment.widgets.append(
            Widget(
                kind="Topics",
                name=construct_id,
                shows="notifications",
                metrics=[
                    self.topic.metric_number_of_messages_published(),
                    self.topic.metric_number_of_notifications_failed(),
                ],
            )
        )

    def _subscribe_email(self, address: str) -> None:
        subscription = sns.CfnSubscription(
            self, "EmailSubscription", topic_arn=self.arn, protocol="email", endpoint=address
        )
        acknowledge(
            subscription,
            {
                "Serverless-SNSRedrivePolicy": (
                    "The alarm of a dead-letter queue would be sent to the topic that just failed. "
                    "CloudWatch keeps the history of every alarm."
                )
            },
        )

    def _add_key(self, environment: ServiceEnvironment) -> kms.Key:
        return kms.Key(
            self,
            "Key",
            description=f"Encrypts the alarms of {environment.name} in {environment.settings.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy(environment),
            # In a key's policy `*` is the key itself.
            policy=iam.PolicyDocument(
                statements=[
                    # Without it no one, not even the account's root user, could change the key
                    # again.
                    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
                    iam.PolicyStatement(
                        sid="LetPoliciesOfThisAccountDecide",
                        principals=[iam.AccountRootPrincipal()],
                        actions=["kms:*"],
                        resources=["*"],
                    ),
                    iam.PolicyStatement(
                        sid="EncryptAlarms",
                        principals=[_alarms_of_this_account()],
                        actions=["kms:Decrypt", "kms:GenerateDataKey"],
                        resources=["*"],
                    ),
                ]
            ),
        )


def _alarms_of_this_account() -> iam.ServicePrincipal:
    return iam.ServicePrincipal(
        ALARMS, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    )
