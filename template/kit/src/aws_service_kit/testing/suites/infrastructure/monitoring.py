"""Every alarm notifies the topic, and the dashboard shows every resource (controls M3, M4)."""

import pytest

from aws_service_kit.app.discovery import discover, own_stacks
from aws_service_kit.controls.catalog.cloudwatch import Dashboards, Telling
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import Synthesized


@pytest.fixture(scope="module")
def offered() -> frozenset[str]:
    """What the service's own stacks offer."""
    return frozenset(name for module in discover(own_stacks()) for name in module.OFFERS)


def test_every_alarm_tells_the_topic_if_there_is_one(
    synthesized: Synthesized, offered: frozenset[str]
) -> None:
    if "alarm_topic" in offered:
        assert checks.faults(synthesized, Telling) == []
    else:
        assert checks.alarms_with_action(synthesized) == []


def test_the_dashboard_if_there_is_one_shows_every_resource(synthesized: Synthesized) -> None:
    if synthesized.resources("AWS::CloudWatch::Dashboard"):
        assert checks.faults(synthesized, Dashboards) == []


def test_no_traffic_is_no_alarm(synthesized: Synthesized) -> None:
    for alarm in synthesized.resources("AWS::CloudWatch::Alarm"):
        assert alarm.properties["TreatMissingData"] == "notBreaching", alarm.name
