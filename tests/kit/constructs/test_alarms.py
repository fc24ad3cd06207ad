from typing import Any

import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Annotations, Match, Template
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.alarms import add_alarm, register
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack
from constructs import Construct


def alarm_in(stack: ServiceStack) -> dict[str, Any]:
    add_alarm(
        stack,
        "TooMany",
        metric=cloudwatch.Metric(namespace="Sample", metric_name="Things"),
        threshold=3,
        description="Too many things.",
        minutes=5,
    )
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    properties: dict[str, Any] = alarm["Properties"]
    return properties


def test_an_alarm_notifies_on_alarm_and_on_ok(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    AlarmTopic(stack, "AlarmTopic")
    alarm = alarm_in(stack)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]


def test_without_a_topic_an_alarm_has_no_actions(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    assert not {"AlarmActions", "OKActions"} & alarm_in(stack).keys()
    assert len(environment.alarms) == 1


def test_an_alarm_needs_consecutive_minutes(make_stack: MakeStack) -> None:
    alarm = alarm_in(make_stack()[0])
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (3, 5)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"


def test_the_description_ends_with_the_path_of_the_runbook(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    place = f"docs/runbooks/{stack.node.id}.md#toomany"
    assert alarm_in(stack)["AlarmDescription"] == f"Too many things.\nRunbook: {place}"


def test_an_alarm_without_a_description_gets_the_path_of_the_runbook(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    made = cloudwatch.CompositeAlarm(
        Construct(stack, "Own"), "Any_1 ü", alarm_rule=cloudwatch.AlarmRule.from_boolean(value=True)
    )
    register(made)
    (composite,) = (
        Template.from_stack(stack).find_resources("AWS::CloudWatch::CompositeAlarm").values()
    )
    place = f"docs/runbooks/{stack.node.id}.md#ownany_1-ü"
    assert composite["Properties"]["AlarmDescription"] == f"Runbook: {place}"


@pytest.mark.parametrize(("length", "linked"), [(900, True), (1024, False)])
def test_a_too_long_description_gets_no_link_and_a_warning(
    make_stack: MakeStack, length: int, *, linked: bool
) -> None:
    stack, _ = make_stack()
    words = "x" * length
    made = cloudwatch.Alarm(
        stack,
        "Long",
        metric=cloudwatch.Metric(namespace="Sample", metric_name="Things"),
        threshold=1,
        evaluation_periods=1,
        alarm_description=words,
    )
    register(made)
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    description = alarm["Properties"]["AlarmDescription"]
    assert description.startswith(words)
    assert ("Runbook: " in description) is linked
    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert bool(warnings) is not linked
    assert len(description) <= 1024
