"""The service's dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from aws_service_kit.constructs.deployed_at import deployed_at
from aws_service_kit.runtime.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_service_kit.constructs.service import Service
    from aws_service_kit.constructs.widgets import Widget

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
WIDTH = 24
ALARMS_OF_A_WIDGET = 100

ALARMS_OF_A_LINE = 4
GRAPH_WIDTH = 8
GRAPH_HEIGHT = 6

# What people look at first; the other kinds follow in the order of their stacks.
FIRST_KINDS = ("Service levels", "API")

# What becomes of each piece of work (aws_service_kit.runtime.invocation).
OUTCOMES = ("Success", *Fault)


class Dashboard(Construct):
    """One page that shows every alarm, what the service does, and every resource it has.

    It knows no stack and no kind of resource: components append to `service.widgets`.

    Args:
        service: The environment's service; its alarms and widgets are complete.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [
                    _heading(
                        f"# {service.name}, {service.environment.name}\n"
                        f"Deployed: {deployed_at(self)}",
                        height=2,
                    )
                ],
                *_alarm_widgets(service.alarms),
                *_work_widgets(service),
                *_resource_widgets(service.widgets),
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


def _work_widgets(service: Service) -> Iterator[list[cloudwatch.IWidget]]:
    """Show the metrics that functions write, whatever their names: one line for each operation."""
    yield [_heading("## Work")]
    names = " OR ".join(f'"{name}"' for name in OUTCOMES)
    searches = {
        **{name: f'MetricName="{name}"' for name in OUTCOMES},
        "Business": f"NOT MetricName=({names})",
    }
    yield [_graph(title, [_search(service, term)]) for title, term in searches.items()]


def _search(service: Service, term: str) -> cloudwatch.MathExpression:
    schema = f'{{"{service.metrics_namespace}",environment,operation,service}}'
    of_this_service = f'service="{service.name}" environment="{service.environment.name}"'
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{schema} {of_this_service} {term}', 'Sum')",
        label="${PROP('Dim.operation')} ${PROP('MetricName')}",
    )


def _resource_widgets(widgets: Sequence[Widget]) -> Iterator[list[cloudwatch.IWidget]]:
    kinds = dict.fromkeys(widget.kind for widget in widgets)
    for kind in sorted(kinds, key=lambda kind: kind not in FIRST_KINDS):
        yield [_heading(f"## {kind}")]
        yield [
            _graph(f"{widget.name}: {widget.shows}", widget.metrics, limit=widget.limit)
            for widget in widgets
            if widget.kind == kind
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
