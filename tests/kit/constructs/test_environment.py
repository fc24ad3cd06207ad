"""Constructs find their environment by their scope, and former names work with a warning."""

import re
from collections.abc import Callable
from importlib import import_module

import pytest
from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.constructs.vpc import Vpc
from aws_service_kit.testing.synthesis import MakeStack

FORMER = {
    "arguments.check": "require",
    "encryption_key.READ": "DECRYPT_ACTIONS",
    "encryption_key.SEND": "ENCRYPT_ACTIONS",
    "function.ServiceFunction": "Function",
    "route.integer": "integer_schema",
    "route.text": "string_schema",
    "service_principal.own_account": "service_principal",
    "waf.WebFirewall": "WebAcl",
}


def add_function(stack: Stack) -> Function:
    return Function(
        stack,
        "Work",
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(10),
    )


def test_a_construct_in_another_stack_is_rejected(make_stack: MakeStack) -> None:
    stage = make_stack()[0].node.scope
    assert isinstance(stage, Stage)
    with pytest.raises(ArgumentError, match="other/News: its stack isn't a ServiceStack"):
        Topic(Stack(stage, "other"), "News")


def test_a_stack_needs_an_environment(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    stage = stack.node.scope
    assert isinstance(stage, Stage)
    with pytest.raises(ArgumentError, match="dev/other: pass the stack its environment"):
        ServiceStack(stage, "other", description="Other")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (AlarmTopic, "Second: the environment has an alarm topic"),
        (lambda stack, name: Vpc(stack, name, cidr="10.0.0.0/20"), "Second: the environment has a"),
    ],
)
def test_an_environment_has_only_one_alarm_topic_and_vpc(
    make_stack: MakeStack, make: Callable[[Stack, str], object], message: str
) -> None:
    stack, _ = make_stack()
    make(stack, "First")
    with pytest.raises(ArgumentError, match=message):
        make(stack, "Second")


@pytest.mark.parametrize("former", FORMER)
def test_former_names_of_modules_are_found(former: str) -> None:
    module, _, name = former.partition(".")
    found = import_module(f"aws_service_kit.constructs.{module}")
    text = f"{found.__name__}.{name} is called {found.__name__}.{FORMER[former]} since 2.1.0"
    with pytest.warns(DeprecationWarning, match=f"^{re.escape(text)}$"):
        assert getattr(found, name) is getattr(found, FORMER[former])
    with pytest.raises(AttributeError, match=f"{module}' has no attribute 'unknown'"):
        found.unknown  # noqa: B018 (reading it fails)


def test_the_former_keyword_service_works_in_any_stack(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    service = Service.around(environment)
    stage = stack.node.scope
    assert isinstance(stage, Stage)
    with pytest.warns(DeprecationWarning, match=r"ServiceStack\(service=…\) is called .* since"):
        former = ServiceStack(stage, "former", service=service, description="As before")
    plain = Stack(stage, "plain")
    for scope in (former, plain):
        with pytest.warns(DeprecationWarning, match=r"Topic\(service=…\) is called .* since"):
            topic = Topic(scope, "News", service=service)
        assert ServiceEnvironment.of(topic) is service


def test_former_members_of_the_environment_work(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    service = Service.around(environment)
    with pytest.warns(DeprecationWarning, match=r"service\.environment is called .* since"):
        assert service.environment is environment.settings
    AlarmTopic(stack, "Alarms")
    assert service.alarm_topic is environment.alarm_topic
    environment.provided = frozenset({"submissions", "bills"})
    assert service.offered == {"queue"}
    assert environment.provides("bills")
    assert not environment.provides("records")


def test_former_members_of_constructs_work(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))
    topic = Topic(stack, "News")
    bus = EventBus(stack, "Events")
    with pytest.warns(DeprecationWarning, match="dead_letters is called dead_letter_queue since"):
        assert queue.dead_letters is queue.dead_letter_queue
    with pytest.warns(DeprecationWarning, match="dead_letters is called dead_letter_queue since"):
        assert topic.dead_letters is topic.dead_letter_queue
    with pytest.warns(DeprecationWarning, match="accept is called allow_service_to_send since"):
        queue.accept("Files", service="s3.amazonaws.com", source_arn="arn:aws:s3:::files")
    with pytest.warns(DeprecationWarning, match="grant_put is called grant_put_events since"):
        bus.grant_put(add_function(stack))


def test_former_keywords_of_constructs_work(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    bus = EventBus(stack, "Events")
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))

    def add_rule(name: str, dead_letters: DeadLetterQueue | None) -> None:
        Rule(
            stack,
            name,
            bus=bus,
            event_type="Job",
            data={},
            target=queue,
            dead_letters=dead_letters,
        )

    with pytest.warns(DeprecationWarning, match=r"Rule\(dead_letters=…\) is called .* since"):
        add_rule("Former", queue.dead_letter_queue)
    with pytest.raises(ArgumentError, match="dev/sample/Neither: pass dead_letter_queue"):
        add_rule("Neither", None)
    with pytest.warns(DeprecationWarning, match=r"Vpc\(connect=…\) is called .* since"):
        network = Vpc(make_stack()[0], "Network", cidr="10.0.0.0/20", connect=False)
    assert network.attach_functions is False
