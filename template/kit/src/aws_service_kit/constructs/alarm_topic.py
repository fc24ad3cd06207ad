"""Where alarms are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from aws_service_kit.constructs.service import Service

ALARMS = "cloudwatch.amazonaws.com"


class AlarmTopic(Construct):
    """A topic for this account's alarms, encrypted and for TLS only, that tells people by e-mail.

    An alarm can't publish to a topic under SNS's own key: that key's policy admits no AWS service
    and can't be changed. Hence a key of the topic's own, which costs a dollar a month.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services

    Args:
        service: The environment's service; its configuration holds the address.

    Attributes:
        arn: The topic's ARN.
        topic: The topic itself.
        key: What encrypts it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self.key = self._add_key(service)
        pin_logical_id(self.key, f"{construct_id}Key")
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=self.key)
        pin_logical_id(self.topic, construct_id)
        self.topic.apply_removal_policy(removal_policy(service))
        self.arn = self.topic.topic_arn
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TakeAlarms",
                principals=[_alarms_of_this_account()],
                actions=["sns:Publish"],
                resources=[self.arn],
            )
        )
        self._subscribe_email(service.config.service.alarm_email)
        service.widgets.append(
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
                    "Dead letters would call for help by the way that just failed, and tell nothing"
                    " new: CloudWatch keeps the history of every alarm."
                )
            },
        )

    def _add_key(self, service: Service) -> kms.Key:
        return kms.Key(
            self,
            "Key",
            description=f"Encrypts the alarms of {service.name} in {service.environment.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy(service),
            # In a key's policy `*` is the key itself.
            policy=iam.PolicyDocument(
                statements=[
                    # Without it nobody, not even the account's root, could change the key again.
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
