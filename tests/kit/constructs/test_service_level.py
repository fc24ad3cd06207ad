from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.config.schema import AlarmThresholds
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.service_level import ServiceLevels
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack, with_environment

Resources = dict[str, dict[str, Any]]


def add_functions(stack: ServiceStack, number: int) -> list[Function]:
    return [
        Function(
            stack,
            f"Sample{index}",
            handler="service.handlers.sample.handler",
            memory_mb=256,
            timeout=Duration.seconds(5),
        )
        for index in range(number)
    ]


def alarms_on(stack: ServiceStack) -> tuple[Resources, Resources]:
    """Return the metric alarms of windows and the composite alarms of service levels."""
    ServiceLevels(stack, "Levels")
    template = Template.from_stack(stack)
    windows = template.find_resources("AWS::CloudWatch::Alarm")
    return (
        {name: windows[name]["Properties"] for name in windows if name.startswith("Levels")},
        {
            name: alarm["Properties"]
            for name, alarm in template.find_resources("AWS::CloudWatch::CompositeAlarm").items()
        },
    )


def rule_of(alarm: dict[str, Any]) -> str:
    """Return the rule with the logical ids of its alarms."""
    _, parts = alarm["AlarmRule"]["Fn::Join"]
    return "".join(part if isinstance(part, str) else part["Fn::GetAtt"][0] for part in parts)


def expression(alarm: dict[str, Any]) -> str:
    (text,) = (metric["Expression"] for metric in alarm["Metrics"] if "Expression" in metric)
    return str(text)


def periods(alarm: dict[str, Any]) -> set[int]:
    return {metric["MetricStat"]["Period"] for metric in alarm["Metrics"] if "MetricStat" in metric}


def test_an_api_has_objectives_for_availability_and_latency(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    (function,) = add_functions(stack, 1)
    api = RestApi(stack, "Api")
    api.add_route("GET /", function, responses={200: None})
    windows, levels = alarms_on(stack)
    assert len(levels) == 2
    # 14.4 times the error budgets: 0.1 % failures, 1 % slow requests.
    assert {
        (expression(alarm), *periods(alarm), alarm["Threshold"]) for alarm in windows.values()
    } == {
        ("100 * errors", 3600, 1.44),
        ("100 * errors", 300, 1.44),
        ("100 - in_time", 3600, 14.4),
        ("100 - in_time", 300, 14.4),
    }


def test_an_alarm_needs_both_windows(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    AlarmTopic(stack, "AlarmTopic")
    add_functions(stack, 1)
    windows, levels = alarms_on(stack)
    (level,) = levels.values()
    assert level["AlarmActions"] == level["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert "AlarmName" not in level
    first, second = windows
    assert rule_of(level) == f'((ALARM("{first}") AND ALARM("{second}")))'
    for alarm in windows.values():
        assert not {"AlarmActions", "OKActions"} & alarm.keys()
        assert alarm["TreatMissingData"] == "notBreaching"


def test_many_functions_are_split_over_several_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_functions(stack, 4)
    windows, levels = alarms_on(stack)
    (level,) = levels.values()
    names = [f'ALARM("{name}")' for name in windows]
    hour, minutes, next_hour, next_minutes = names
    assert rule_of(level) == f"(({hour} AND {minutes}) OR ({next_hour} AND {next_minutes}))"
    assert len(windows) == 4
    assert all(len(alarm["Metrics"]) <= 10 for alarm in windows.values())
    assert {expression(alarm) for alarm in windows.values()} == {
        "100 * SUM([MAX([FILL(errors0, 0), FILL(faults0, 0)]),"
        " MAX([FILL(errors1, 0), FILL(faults1, 0)]), MAX([FILL(errors2, 0), FILL(faults2, 0)])])"
        " / SUM([invocations0, invocations1, invocations2])",
        "100 * SUM([MAX([FILL(errors3, 0), FILL(faults3, 0)])]) / SUM([invocations3])",
    }


def test_without_functions_there_are_no_alarms(make_stack: MakeStack) -> None:
    assert alarms_on(make_stack()[0]) == ({}, {})


@pytest.mark.parametrize(("percent", "limit"), [(99.99, 0.144), (95, 72)])
def test_the_configuration_sets_the_objective(
    percent: float, limit: float, make_stack: MakeStack, config: ServiceConfig
) -> None:
    thresholds = AlarmThresholds(slo_availability_percent=percent)
    stack, _ = make_stack("dev", with_environment(config, "dev", alarms=thresholds))
    add_functions(stack, 1)
    windows, _ = alarms_on(stack)
    assert {alarm["Threshold"] for alarm in windows.values()} == {limit}


def test_service_levels_are_on_the_dashboard(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_functions(stack, 1)
    alarms_on(stack)
    widgets = [widget for widget in environment.widgets if widget.kind == "Service levels"]
    assert [(widget.shows, widget.limit) for widget in widgets] == [
        ("failures in % of 1 hour", 1.44),
        ("failures in % of 5 minutes", 1.44),
    ]
    assert len(environment.alarms) == 5
