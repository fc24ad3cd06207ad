"""The events stack of every environment, and the stack of the rule on its bus."""

import json
import re
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.testing.synthesis import Json, Resource, Synthesized
from moto.events.models import EventPattern

from service.domain.events import EventType
from tests.unit.handlers.messages import message_about

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType


# Expectations of the team's stack. Change them with the stack.
# The event that the rule matches, another one, and the event of the schedule.
MATCHED = EventType.PROCESSING_REQUEST
ANOTHER = EventType.REQUEST_DECIDED
SCHEDULED = EventType.DAILY_REPORT

# The rule's possible ids: one for each stack of its target.
RULES = ("PendingRequests", "RequestsToQueue")


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def stacks(synthesized: Synthesized, environment: EnvironmentName) -> set[str]:
    prefix = f"-{environment}-"
    return {stack.stack_name.split(prefix)[-1] for stack in synthesized.stacks(environment)}


def rule_of(synthesized: Synthesized, environment: EnvironmentName) -> Resource:
    (rule,) = (
        rule
        for rule in synthesized.resources("AWS::Events::Rule", environment=environment)
        if rule.logical_id.startswith(RULES)
    )
    return rule


def test_the_bus_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation deletes the archive with the bus."""
    buses = synthesized.resources("AWS::Events::EventBus")
    assert "Events" in {bus.logical_id for bus in buses}


def test_the_rule_is_in_the_stack_that_processes_requests(
    synthesized: Synthesized, environment: EnvironmentName
) -> None:
    present = stacks(synthesized, environment)
    owner = next(name for name in ("workflow", "messaging", "events") if name in present)
    assert rule_of(synthesized, environment).stack.endswith(f"-{environment}-{owner}")


def test_one_schedule_makes_the_report_every_day(
    synthesized: Synthesized, environment: EnvironmentName
) -> None:
    present = stacks(synthesized, environment)
    (schedule,) = (
        found
        for found in synthesized.resources("AWS::Scheduler::Schedule", environment=environment)
        if json.loads(found.properties["Target"]["Input"])["type"] == SCHEDULED
    )
    assert schedule.stack.endswith("-workflow" if "workflow" in present else "-events")
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", schedule.properties["ScheduleExpression"])


@pytest.mark.parametrize(
    ("changes", "matches"),
    [
        ({}, True),
        ({"source": "another-service"}, False),
        ({"detail-type": ANOTHER}, False),
        ({"detail": {"data": {"status": "approved"}}}, False),
        ({"detail": {"status": "pending"}}, False),
    ],
)
def test_the_rule_matches_pending_requests_and_nothing_else(
    changes: dict[str, Any], matches: bool, synthesized: Synthesized, config: ServiceConfig
) -> None:
    event: Json = {
        "source": config.service.name,
        "detail-type": MATCHED,
        "detail": json.loads(message_about().to_json()),
        **changes,
    }
    pattern = EventPattern.load(json.dumps(rule_of(synthesized, "dev").properties["EventPattern"]))
    assert pattern.matches_event(cast("EventMessageType", event)) is matches
