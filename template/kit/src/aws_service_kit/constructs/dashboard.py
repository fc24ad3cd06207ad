"""The service's dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from aws_service_kit.constructs.deployed_at import deployed_at
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.runtime.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.widgets import Widget

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
WIDTH = 24
ALARMS_OF_A_WIDGET = 100

ALARMS_OF_A_LINE = 4
GRAPH_WIDTH = 8
GRAPH_HEIGHT = 6

# Headings shown first; the others follow in the order of their stacks.
FIRST_KINDS = ("Service levels", "API")

# The results of work that functions count (aws_service_kit.runtime.invocation).
OUTCOMES = ("Success", *Fault)


class Dashboard(Construct):
    """A CloudWatch dashboard with every alarm, the service's work, and every resource.

    It has no list of stacks or resources: components append to `environment.widgets`.

    Example:
        ```python
        Dashboard(stack, "Overview")
        ```
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [
                    _heading(
                        f"# {environment.name}, {environment.settings.name}\n"
                        f"Deployed: {deployed_at(self)}",
                        height=2,
                    )
                ],
                *_alarm_widgets(environment.alarms),
                *_work_widgets(environment),
                *_resource_widgets(environment.widgets),
            ],
        )


def _alarm_widgets(
    alarms: Sequence[cloudwatch.AlarmBase],
) -> Iterator[list[cloudwatch.IWidget]]:
    for first in range(0, len(alarms), ALARMS_OF_A_WIDGET):
        shown = alarms[first : first + ALARMS_OF_A_WIDGET]
        yield [
            cloudwatch.AlarmStatusWidget(
                title="Alarms",
                alarms=shown,
                width=WIDTH,
                height=2 + len(shown) // ALARMS_OF_A_LINE,
                sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
            )
        ]


def _work_widgets(environment: ServiceEnvironment) -> Iterator[list[cloudwatch.IWidget]]:
    """Return widgets of all metrics that functions write, with a line for each operation."""
    yield [_heading("## Work")]
    names = " OR ".join(f'"{name}"' for name in OUTCOMES)
    searches = {
        **{name: f'MetricName="{name}"' for name in OUTCOMES},
        "Business": f"NOT MetricName=({names})",
    }
    yield [_graph(title, [_search(environment, term)]) for title, term in searches.items()]


def _search(environment: ServiceEnvironment, term: str) -> cloudwatch.MathExpression:
    schema = f'{{"{environment.metrics_namespace}",environment,operation,service}}'
    of_this_service = f'service="{environment.name}" environment="{environment.settings.name}"'
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{schema} {of_this_service} {term}', 'Sum')",
        label="${PROP('Dim.operation')} ${PROP('MetricName')}",
    )


def _resource_widgets(widgets: Sequence[Widget]) -> Iterator[list[cloudwatch.IWidget]]:
    headings = dict.fromkeys(widget.kind for widget in widgets)
    for heading in sorted(headings, key=lambda each: each not in FIRST_KINDS):
        yield [_heading(f"## {heading}")]
        yield [
            _graph(f"{widget.name}: {widget.shows}", widget.metrics, limit=widget.limit)
            for widget in widgets
            if widget.kind == heading
        ]


def _graph(
    title: str, metrics: Sequence[cloudwatch.IMetric], *, limit: float | None = None
) -> cloudwatch.GraphWidget:
    limits = [] if limit is None else [cloudwatch.HorizontalAnnotation(value=limit, label="alarm")]
    return cloudwatch.GraphWidget(
        title=title,
        width=GRAPH_WIDTH,
        height=GRAPH_HEIGHT,
        left=list(metrics),
        left_annotations=limits,
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )


def _heading(markdown: str, *, height: int = 1) -> cloudwatch.TextWidget:
    return cloudwatch.TextWidget(
        markdown=markdown,
        width=WIDTH,
        height=height,
        background=cloudwatch.TextWidgetBackground.TRANSPARENT,
    )
