"""Arguments that AWS would reject on deployment are rejected at synthesis, in one line."""

from collections.abc import Callable

import pytest
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from aws_service_kit.app import synthesis as app
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.budget import CostBudget
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.parameter import JsonParameter
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.schedule import Schedule, ScheduleTarget
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import FunctionTask, StateMachine
from aws_service_kit.constructs.table import Index, Table
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.constructs.vpc import Vpc
from aws_service_kit.testing.synthesis import MakeStack, with_environment

Make = Callable[[ServiceStack], object]
SECONDS = Duration.seconds


def function(stack: ServiceStack) -> Function:
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=SECONDS(10),
    )


def consume(batch_size: int, window: int | None = None, longest: int | None = None) -> Make:
    def make(stack: ServiceStack) -> None:
        Queue(stack, "Jobs", consumer_timeout=SECONDS(10)).add_consumer(
            function(stack),
            batch_size=batch_size,
            longest_message=None if longest is None else SECONDS(longest),
            batching_window=None if window is None else SECONDS(window),
        )

    return make


def schedule(cron: str) -> Make:
    return lambda stack: Schedule(
        stack,
        "Daily",
        cron=cron,
        event_type="Day Began",
        target=ScheduleTarget(arn="arn:aws:sqs:sa-east-1:111111111111:jobs", action="sqs:Send"),
        dead_letter_queue=DeadLetterQueue(stack, "Undelivered"),
        description="Every morning",
    )


def subscribe(types: int) -> Make:
    return lambda stack: Topic(stack, "News").subscribe_email(
        "team@example.com", types=[f"Type {number}" for number in range(types)]
    )


def rule(*values: str) -> Make:
    return lambda stack: Rule(
        stack,
        "Pending",
        bus=EventBus(stack, "Events"),
        event_type="Order Placed",
        data={"status": values},
        target=Queue(stack, "Jobs", consumer_timeout=SECONDS(10)),
        dead_letter_queue=DeadLetterQueue(stack, "Undelivered"),
    )


def parameter(characters: int) -> Make:
    value = {"a": "x" * (characters - len('{"a": ""}'))}
    return lambda stack: JsonParameter(stack, "Settings", description="Settings", value=value)


def secret(days: int) -> Make:
    return lambda stack: GeneratedSecret(
        stack,
        "Key",
        description="Signs",
        rotation=function(stack),
        rotation_days=days,
    )


def table(sort_key: str, *projections: int) -> Make:
    return lambda stack: Table(
        stack,
        "Records",
        partition_key="pk",
        sort_key=sort_key,
        indexes=[
            Index(
                name=f"index-{number}",
                partition_key="sk",
                sort_key="pk",
                projection=tuple(f"attribute{number}" for number in range(size)),
            )
            for number, size in enumerate(projections)
        ],
    )


def network(cidr: str, *zones: str) -> Make:
    return lambda stack: Vpc(stack, "Net", cidr=cidr, zone_ids=zones)


def queue(receives: int) -> Make:
    return lambda stack: Queue(
        stack, "Jobs", consumer_timeout=SECONDS(10), max_receive_count=receives
    )


def bucket(age: Duration) -> Make:
    return lambda stack: Bucket(stack, "Files", expire_after=age)


def idle(timeout: Duration | None) -> Make:
    return lambda stack: StateMachine(
        stack,
        "Work",
        start=sfn.Succeed(stack, "Done"),
        tasks=[],
        timeout=timeout,
        description="Does nothing yet",
    )


def state_machine(name: str, *, listed: bool = True) -> Make:
    def make(stack: ServiceStack) -> None:
        task = FunctionTask(
            stack,
            name,
            function=function(stack),
            refused=sfn.Fail(stack, "Refused"),
            failed=sfn.Fail(stack, "Failed"),
        )
        StateMachine(
            stack,
            "Work",
            start=task,
            tasks=[task] if listed else [],
            timeout=Duration.minutes(5),
            description="Works",
        )

    return make


def alarm(minutes: int) -> Make:
    return lambda stack: add_alarm(
        stack,
        "Many",
        metric=cloudwatch.Metric(namespace="Sample", metric_name="Things"),
        threshold=1,
        description="Too many things.",
        minutes=minutes,
    )


INVALID: dict[str, tuple[Make, str]] = {
    "a batch without a window": (consume(11), "a batch_size over 10 needs a batching_window"),
    "a batch with a window of zero": (consume(11, 0), "needs a batching_window"),
    "a too large batch": (consume(10_001, 1), "batch_size is 1 to 10000"),
    "an empty batch": (consume(0), "batch_size is 1 to 10000"),
    "messages that take no time": (
        consume(10, longest=0),
        "longest_message is at least a millisecond",
    ),
    "no receives": (queue(0), "max_receive_count is 1 to 1000"),
    "too many receives": (queue(1001), "max_receive_count is 1 to 1000"),
    "cron without a question mark": (schedule("cron(0 9 * * * *)"), "'?'"),
    "cron with two question marks": (schedule("cron(0 9 ? * ? *)"), "'?'"),
    "cron in the format of Unix": (schedule("cron(0 9 * * MON)"), "'?'"),
    "a rate of zero": (schedule("rate(0 minutes)"), "rate"),
    "a rate in weeks": (schedule("rate(2 weeks)"), "rate"),
    "a time without seconds": (schedule("at(2026-12-31T09:00)"), "at"),
    "a subscription without types": (subscribe(0), "1 to 150 types"),
    "a subscription with too many types": (subscribe(151), "1 to 150 types"),
    "a rule without values": (rule(), "one value or more"),
    "a too long rule": (rule("x" * 4096), "4096 characters"),
    "a too large parameter": (parameter(4097), "4097 bytes of 4096"),
    "a too long rotation": (secret(1001), "rotation_days is 1 to 1000"),
    "a rotation of zero days": (secret(0), "rotation_days is 1 to 1000"),
    "one key": (table("pk"), "two attributes"),
    "an index without attributes": (table("sk", 0), "projects one attribute or more"),
    "indexes with too many attributes": (table("sk", 20, 20, 20, 20, 20, 1), "100 attributes"),
    "a too small network": (network("10.0.0.0/27"), "/16 to /26"),
    "a too large network": (network("10.0.0.0/15"), "/16 to /26"),
    "an address instead of a network": (network("10.0.0.1/16"), "10.0.0.1/16 has host bits set"),
    "an invalid network": (network("10.0.0.0.0/16"), "cidr is no network"),
    "too many zones": (network("10.0.0.0/20", *"abcde"), "4 different zones"),
    "a zone twice": (network("10.0.0.0/20", "a", "a"), "4 different zones"),
    "half a day": (bucket(Duration.hours(31 * 24 + 12)), "whole days"),
    "a long name": (state_machine("x" * 81), "80 characters"),
    "a state machine without tasks": (state_machine("Work it", listed=False), "one or more"),
    "a state machine without a time-out": (idle(None), "give a timeout"),
    "an alarm over two days": (alarm(2 * 24 * 60), "minutes is 1 to 1440"),
}
VALID: dict[str, Make] = {
    "a batch": consume(10),
    "a batch with a window": consume(10_000, 1),
    "a state machine without tasks": idle(Duration.minutes(20)),
    "receives": queue(1000),
    **{
        expression: schedule(expression)
        for expression in (
            "cron(0/5 8-17 ? * MON-FRI *)",
            "cron(0 9 1W * ? 2026-2030)",
            "cron(15 10 ? * 6L *)",
            "cron(0 8 ? * 2#1 *)",
            "rate(1 day)",
            "rate(5 minutes)",
            "at(2026-12-31T09:00:00)",
        )
    },
    "a subscription": subscribe(150),
    "a parameter": parameter(4096),
    "a rotation": secret(1000),
    "indexes": table("sk", 20, 20, 20, 20, 20),
    "a small network": network("10.0.0.0/26", *"abcd"),
    "a large network": network("10.0.0.0/16"),
    "days": bucket(Duration.hours(31 * 24)),
    "a name": state_machine("x" * 80),
    "an alarm over a day": alarm(24 * 60),
}


@pytest.mark.parametrize(("make", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_argument_is_rejected(make: Make, message: str, make_stack: MakeStack) -> None:
    with pytest.raises(ArgumentError) as error:
        make(make_stack()[0])
    text = str(error.value)
    assert message in text
    assert text.startswith("dev/sample")
    assert "\n" not in text


@pytest.mark.parametrize("make", VALID.values(), ids=VALID)
def test_a_valid_argument_is_accepted(make: Make, make_stack: MakeStack) -> None:
    make(make_stack()[0])


def test_a_budget_is_named_after_its_stack(make_stack: MakeStack, config: ServiceConfig) -> None:
    named = with_environment(config, "dev", stack_names={"sample": "s" * 94})
    stack, _ = make_stack("dev", named)
    with pytest.raises(ArgumentError, match="at most 100 characters"):
        CostBudget(stack, "Budget")


def test_the_app_exits_with_the_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> ServiceConfig:
        raise ArgumentError("dev/messaging/Requests: batch_size is 1 to 10000")

    monkeypatch.setattr(app, "load", load)
    with pytest.raises(SystemExit, match=r"^error: dev/messaging/Requests: batch_size is"):
        app.main()
