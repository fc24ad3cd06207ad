from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack


def alarm_in(stack: ServiceStack, service: Service) -> dict[str, Any]:
    add_alarm(
        stack,
        "TooMany",
        service=service,
        metric=cloudwatch.Metric(namespace="Sample", metric_name="Things"),
        threshold=3,
        description="Too many things.",
        minutes=5,
    )
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    properties: dict[str, Any] = alarm["Properties"]
    return properties


def test_an_alarm_tells_when_it_begins_and_when_it_is_over(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    service.alarm_topic = AlarmTopic(stack, "AlarmTopic", service=service)
    alarm = alarm_in(stack, service)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]


def test_without_a_topic_nobody_is_told(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    assert not {"AlarmActions", "OKActions"} & alarm_in(stack, service).keys()
    assert len(service.alarms) == 1


def test_an_alarm_needs_several_minutes_in_a_row(make_stack: MakeStack) -> None:
    alarm = alarm_in(*make_stack())
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (3, 5)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
