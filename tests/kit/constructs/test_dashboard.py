import json
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.dashboard import Dashboard
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.testing.synthesis import MakeStack


def widgets_in(stack: ServiceStack) -> list[dict[str, Any]]:
    """Return the dashboard's widgets, with names for the values of the deployment."""
    Dashboard(stack, "Overview")
    (found,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    assert "DashboardName" not in found["Properties"]
    _, parts = found["Properties"]["DashboardBody"]["Fn::Join"]
    names = [part if isinstance(part, str) else "".join(map(str, part.values())) for part in parts]
    body: dict[str, list[dict[str, Any]]] = json.loads("".join(names).replace("'", ""))
    return body["widgets"]


def titles(widgets: list[dict[str, Any]]) -> list[str]:
    return [
        properties.get("title", properties.get("markdown"))
        for properties in (widget["properties"] for widget in widgets)
    ]


def add_widget(environment: ServiceEnvironment, **values: Any) -> None:  # noqa: ANN401 (a widget's)
    metric = cloudwatch.Metric(namespace="Sample", metric_name="Things")
    environment.widgets.append(Widget(metrics=[metric], **values))


def test_queues_have_widgets(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    for name in ("Jobs", "Requests"):
        Queue(stack, name, consumer_timeout=Duration.seconds(20))
    shown = titles(widgets_in(stack))
    assert shown[-8:] == [
        "## Dead letters",
        "JobsDeadLetters: messages",
        "RequestsDeadLetters: messages",
        "## Queues",
        "Jobs: messages",
        "Jobs: age of the oldest message",
        "Requests: messages",
        "Requests: age of the oldest message",
    ]


def test_other_resources_have_widgets_in_their_sections(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_widget(environment, kind="Machines", name="Process", shows="executions")
    add_widget(environment, kind="API", name="Api", shows="requests")
    add_widget(environment, kind="Machines", name="Refund", shows="executions", limit=3)
    widgets = widgets_in(stack)
    assert titles(widgets)[-5:] == [
        "## API",
        "Api: requests",
        "## Machines",
        "Process: executions",
        "Refund: executions",
    ]
    (limit,) = widgets[-1]["properties"]["annotations"]["horizontal"]
    assert limit["value"] == 3
    assert not widgets[-2]["properties"].get("annotations")


def test_alarm_widgets_have_at_most_100_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    for number in range(101):
        add_alarm(
            stack,
            f"Alarm{number}",
            metric=cloudwatch.Metric(namespace="Sample", metric_name="Things"),
            threshold=1,
            description="A thing.",
        )
    widgets = [widget for widget in widgets_in(stack) if widget["type"] == "alarm"]
    assert [len(widget["properties"]["alarms"]) for widget in widgets] == [100, 1]


def test_metrics_of_the_service_code_are_shown(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    searches = {
        widget["properties"]["title"]: widget["properties"]["metrics"][0][0]["expression"]
        for widget in widgets_in(stack)
        if widget["type"] == "metric"
    }
    where = '{"example/payments",environment,operation,service} service="payments"'
    assert all(where in search for search in searches.values())
    outcomes = {"Success", "CallerFault", "DependencyFault", "ServiceFault"}
    assert set(searches) == {*outcomes, "Business"}
    assert all(f'"{outcome}"' in searches["Business"] for outcome in outcomes)
