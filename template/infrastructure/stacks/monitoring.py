"""The topic for alarms."""

from aws_cdk import Stage
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import BuildOrder, ServiceStack


class MonitoringStack(ServiceStack):
    """The topic that every alarm of the service notifies."""

    order = BuildOrder.FIRST
    in_previews = False
    alarm_topic: AlarmTopic

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage, "monitoring", environment=environment, description="Where alarms are sent"
        )
        self.alarm_topic = AlarmTopic(self, "AlarmTopic")
