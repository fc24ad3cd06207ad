"""All alarms send notifications, and the dashboard shows all resources (controls M3, M4)."""

from pathlib import Path

import pytest
from aws_service_kit.config import ServiceConfig
from aws_service_kit.controls.catalog.cdk import (
    ExplicitRemoval,
    RetainedInProduction,
    Tagged,
    Wildcards,
)
from aws_service_kit.controls.catalog.cloudwatch import Dashboards, Notifying
from aws_service_kit.controls.catalog.permissions import Documented
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import MakeStacks, Synthesized, synthesize, without_key

MONITORING = """
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("alarm_topic",)
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "monitoring", service=service, description="Where alarms are sent")
    service.alarm_topic = AlarmTopic(stack, "AlarmTopic", service=service)
    return stack
"""
DASHBOARD = """
from aws_cdk import CrossStackReferences, ReferenceStrength
from aws_service_kit.constructs.dashboard import Dashboard
from aws_service_kit.constructs.saved_queries import SavedQueries
from aws_service_kit.constructs.service_level import ServiceLevels
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.service import EVERYTHING

OFFERS = ()
USES = EVERYTHING


def build(stage, service):
    stack = ServiceStack(stage, "dashboard", service=service, description="Dashboard and queries")
    CrossStackReferences.of(stack).consume(ReferenceStrength.WEAK)
    ServiceLevels(stack, "ServiceLevels", service=service)
    SavedQueries(stack, "SavedQueries", service=service)
    Dashboard(stack, "Overview", service=service)
    return stack
"""
# One resource of each type, in a stack of the team.
TEAM_STACK = """
from aws_cdk import Duration
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.constructs.topic import Topic

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "own", service=service, description="A team's own")
    Table(stack, "Things", service=service, partition_key="pk", sort_key="sk")
    Queue(stack, "Jobs", service=service, consumer_timeout=Duration.seconds(30))
    Topic(stack, "News", service=service)
    function = ServiceFunction(
        stack,
        "Extra",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
        on_failure=DeadLetterQueue(stack, "Failures", service=service),
    )
    RestApi(stack, "Second", service=service).add_route("GET /", function, responses={200: None})
    return stack
"""
CARELESS = """
from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "own", service=service, description="Without components")
    dead = DeadLetterQueue(stack, "Dead", service=service).queue
    redrive = sqs.DeadLetterQueue(max_receive_count=5, queue=dead)
    bare = sqs.Queue(stack, "Bare", enforce_ssl=True, dead_letter_queue=redrive)
    age = bare.metric_approximate_age_of_oldest_message(period=Duration.minutes(1))
    age.create_alarm(stack, "Silent", threshold=900, evaluation_periods=1)
    return stack
"""


@pytest.fixture
def monitored(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> Synthesized:
    """A service with the monitoring stacks and a stack of the team."""
    return synthesize(
        without_key(config),
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("prod",),
        stacks=make_stacks(monitoring=MONITORING, dashboard=DASHBOARD, own=TEAM_STACK),
    )


def test_a_stack_of_the_team_is_monitored_automatically(monitored: Synthesized) -> None:
    assert monitored.findings("violations") == []
    assert checks.faults(monitored, Notifying) == []
    assert checks.faults(monitored, Dashboards) == []
    assert {resource.kind for resource in monitored.resources()} >= set(checks.SHOWN) - {
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::StepFunctions::StateMachine",
    }


def test_the_monitoring_stacks_comply_with_the_guideline(monitored: Synthesized) -> None:
    for control in (
        Tagged,
        ExplicitRemoval,
        RetainedInProduction,
        Documented,
        Wildcards,
    ):
        assert checks.faults(monitored, control) == [], control.id


def test_the_dashboard_imports_nothing_from_other_stacks(monitored: Synthesized) -> None:
    """CloudFormation rejects the removal of an output that another stack imports."""
    for stack in monitored.stacks("prod"):
        imports = "Fn::ImportValue" in str(stack.template)
        assert imports is (not stack.stack_name.endswith(("-dashboard", "-monitoring")))


def test_resources_without_monitoring_are_found(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    careless = synthesize(
        without_key(config),
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        stacks=make_stacks(monitoring=MONITORING, dashboard=DASHBOARD, own=CARELESS),
    )
    (silent,) = checks.faults(careless, Notifying)
    assert "/Silent" in silent
    (bare,) = checks.faults(careless, Dashboards)
    assert "/Bare" in bare


def test_without_a_topic_alarms_have_no_actions(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    alone = synthesize(
        without_key(config),
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        stacks=make_stacks(dashboard=DASHBOARD, own=TEAM_STACK),
    )
    assert checks.alarms_with_action(alone) == []
    assert checks.faults(alone, Notifying) != []
