"""Who is told when an alarm rings."""

from aws_cdk import Stack, Stage
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("alarm_topic",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make the topic that every alarm of the service tells."""
    stack = ServiceStack(stage, "monitoring", service=service, description="Where alarms are sent")
    service.alarm_topic = AlarmTopic(stack, "AlarmTopic", service=service)
    return stack
