"""The queue and the topic."""

from aws_cdk import Stage
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic


class MessagingStack(ServiceStack):
    """The queue of submitted messages, and the topic for notifications."""

    submissions: Queue
    notifications: Topic

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(stage, "messaging", environment=environment, description="Queue and topic")
        self.submissions = Queue(self, "Requests")
        self.notifications = Topic(self, "Notifications")
