"""What waits to be processed, and what is told."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.service import Service, require
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic

from service.domain.events import EventType
from service.domain.request import Status

OFFERS = ("queue", "topic")
USES = ("table", "bus")

CONSUMER_TIMEOUT = Duration.seconds(30)


def build(stage: Stage, service: Service) -> Stack:
    """Make the queue of submitted requests, its consumer, and the topic for notifications."""
    stack = ServiceStack(stage, "messaging", service=service, description="Queue and topic")
    service.queue = Queue(stack, "Requests", service=service, consumer_timeout=CONSUMER_TIMEOUT)
    service.topic = Topic(stack, "Notifications", service=service)
    add_subscriptions(service, service.topic, service.queue)
    consumer = add_consumer(stack, service, service.queue)
    if service.bus is not None and "workflow" in service.offered:
        # The workflow decides: the consumer passes requests on to the bus.
        consumer.add_environment("BUS_NAME", service.bus.name)
        service.bus.grant_put(consumer)
        return stack
    allow_deciding(consumer, service, service.topic)
    if service.bus is not None:
        add_rule(stack, service, service.bus, service.queue)
    return stack


def add_subscriptions(service: Service, topic: Topic, queue: Queue) -> None:
    """Tell the team of decisions and reports; take requests that others publish."""
    topic.subscribe_email(
        service.config.service.contact_email,
        types=[EventType.REQUEST_DECIDED, EventType.REPORT_MADE],
    )
    topic.subscribe_queue(queue, types=[EventType.PROCESSING_REQUEST])


def add_consumer(stack: Stack, service: Service, queue: Queue) -> ServiceFunction:
    """Take requests from the queue."""
    function = ServiceFunction(
        stack,
        "ConsumeRequest",
        service=service,
        handler="service.handlers.consume_request.handler",
        memory_mb=512,
        timeout=CONSUMER_TIMEOUT,
    )
    queue.add_consumer(function, max_concurrency=5)
    return function


def allow_deciding(consumer: ServiceFunction, service: Service, topic: Topic) -> None:
    """Let the consumer decide requests, and tell."""
    table = require(service.table, "table")
    consumer.add_environment("TABLE_NAME", table.name)
    consumer.add_environment("TOPIC_ARN", topic.arn)
    table.grant(consumer, "dynamodb:GetItem", "dynamodb:UpdateItem")
    topic.grant_publish(consumer)


def add_rule(stack: Stack, service: Service, bus: EventBus, queue: Queue) -> None:
    """Take requests that others put on the bus into the queue."""
    Rule(
        stack,
        "RequestsToQueue",
        service=service,
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=queue,
        dead_letters=queue.dead_letters,
    )
