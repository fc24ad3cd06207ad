"""Every alarm notifies the topic, and the dashboard shows every resource (controls M3, M4)."""

from aws_service_kit.app.stack_discovery import discover, service_stacks
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.controls.catalog.cloudwatch import Dashboards, Notifying
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import Synthesized


def test_every_alarm_notifies_the_topic_if_there_is_one(synthesized: Synthesized) -> None:
    sources = discover(service_stacks())
    provided = {name: types for source in sources for name, types in source.provides.items()}
    if "alarm_topic" in provided or (AlarmTopic,) in provided.values():
        assert checks.faults(synthesized, Notifying) == []
    else:
        assert checks.alarms_with_action(synthesized) == []


def test_the_dashboard_if_there_is_one_shows_every_resource(synthesized: Synthesized) -> None:
    if synthesized.resources("AWS::CloudWatch::Dashboard"):
        assert checks.faults(synthesized, Dashboards) == []


def test_no_traffic_is_no_alarm(synthesized: Synthesized) -> None:
    for alarm in synthesized.resources("AWS::CloudWatch::Alarm"):
        assert alarm.properties["TreatMissingData"] == "notBreaching", alarm.name
