"""The queue of submitted orders and the topic for notifications."""

from aws_cdk import Duration, Stage
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.constructs.topic import Topic

from service.domain.events import EventType
from service.domain.order import Status


class MessagingStack(ServiceStack):
    """The queue of submitted orders, its consumer, and the topic for notifications."""

    submissions: Queue
    notifications: Topic

    def __init__(
        self,
        stage: Stage,
        environment: ServiceEnvironment,
        *,
        records: Table,
        events: EventBus | None = None,
    ) -> None:
        super().__init__(stage, "messaging", environment=environment, description="Queue and topic")
        self.submissions = Queue(self, "Requests")
        self.notifications = Topic(self, "Notifications")
        add_subscriptions(self.notifications, self.submissions, environment)
        consumer = add_consumer(self, self.submissions)
        if events is not None and environment.provides("processing"):
            # The workflow decides orders, so the consumer forwards them to the bus.
            consumer.add_environment("BUS_NAME", events.name)
            events.grant_put_events(consumer)
            return
        allow_deciding(consumer, records, self.notifications)
        if events is not None:
            add_rule(self, events, self.submissions)


def add_subscriptions(topic: Topic, queue: Queue, environment: ServiceEnvironment) -> None:
    """Subscribe the team to decisions and reports, and the queue to orders of other services."""
    topic.subscribe_email(
        environment.config.service.contact_email,
        types=[EventType.REQUEST_DECIDED, EventType.REPORT_MADE],
    )
    topic.subscribe_queue(queue, types=[EventType.PROCESSING_REQUEST])


def add_consumer(stack: ServiceStack, queue: Queue) -> Function:
    """Add the function that consumes the queue."""
    function = Function(
        stack,
        "ConsumeRequest",
        handler="service.handlers.consume_request.handler",
        memory_mb=512,
        timeout=Duration.seconds(30),
    )
    queue.add_consumer(function, max_concurrency=5)
    return function


def allow_deciding(consumer: Function, records: Table, topic: Topic) -> None:
    """Allow the consumer to decide orders and to publish the decisions."""
    consumer.add_environment("TABLE_NAME", records.name)
    consumer.add_environment("TOPIC_ARN", topic.arn)
    records.grant(consumer, "dynamodb:GetItem", "dynamodb:UpdateItem")
    topic.grant_publish(consumer)


def add_rule(stack: ServiceStack, bus: EventBus, queue: Queue) -> None:
    """Add the rule that sends pending orders from the bus to the queue."""
    Rule(
        stack,
        "RequestsToQueue",
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=queue,
        dead_letter_queue=queue.dead_letter_queue,
    )
