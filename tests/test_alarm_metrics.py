"""Each alarm handles missing values correctly; every metric is reviewed."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from tests.answers import DEFAULTS
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import empty_bundle, imported_from, templates


class Emission(Enum):
    """When a metric has a value."""

    WITH_WORK = "for each request or invocation, zeros too; none while there are none"
    WHILE_ACTIVE = "every minute while something is there or has been in the last six hours"
    WHEN_IT_HAPPENS = "only in minutes in which there is something to count"
    IGNORED = "only then, too; and alarms keep their state while values are missing"


# Every alarm treats missing values as not breaching.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
REVIEWED = {
    ("AWS/ApiGateway", "5XXError"): Emission.WITH_WORK,
    ("AWS/ApiGateway", "Latency"): Emission.WITH_WORK,
    ("AWS/DynamoDB", "ReadThrottleEvents"): Emission.IGNORED,
    ("AWS/DynamoDB", "SystemErrors"): Emission.IGNORED,
    ("AWS/DynamoDB", "WriteThrottleEvents"): Emission.IGNORED,
    ("AWS/Lambda", "Duration"): Emission.WITH_WORK,
    ("AWS/Lambda", "Errors"): Emission.WITH_WORK,
    ("AWS/Lambda", "Invocations"): Emission.WITH_WORK,
    ("AWS/Lambda", "Throttles"): Emission.WITH_WORK,
    ("AWS/SNS", "NumberOfNotificationsFailed"): Emission.WHEN_IT_HAPPENS,
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): Emission.WHILE_ACTIVE,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): Emission.WHILE_ACTIVE,
    ("AWS/States", "ExecutionThrottled"): Emission.WHEN_IT_HAPPENS,
    ("AWS/States", "ExecutionsFailed"): Emission.WHEN_IT_HAPPENS,
    ("AWS/States", "ExecutionsTimedOut"): Emission.WHEN_IT_HAPPENS,
    # Runtime: aws_service_kit.runtime.invocation.
    (
        f"{DEFAULTS['organisation']}/{DEFAULTS['service_name']}",
        "ServiceFault",
    ): Emission.WHEN_IT_HAPPENS,
}
SPARSE = {Emission.WHEN_IT_HAPPENS, Emission.IGNORED}

Alarm = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def alarms(render: Render, tmp_path_factory: pytest.TempPathFactory) -> list[Alarm]:
    """Every alarm in prod, of a service with every stack and of one without an API."""
    service = render({"stacks": list(ALL_STACKS)})
    bundle = empty_bundle(tmp_path_factory.mktemp("service") / "bundle")
    found: list[Alarm] = []
    with imported_from(service):
        application = importlib.import_module("aws_service_kit.app.synthesis")
        config = importlib.import_module("aws_service_kit.config").load()
        for without in ((), ("api",)):
            outdir = tmp_path_factory.mktemp("assembly")
            app = application.empty_app(outdir, validation=False)
            application.build_stage(
                app,
                config=config,
                settings=config.environments["prod"],
                bundle=bundle,
                without=without,
            )
            app.synth()
            found += alarms_of(outdir)
    return found


def alarms_of(outdir: Path) -> Iterator[Alarm]:
    for _, template in templates(outdir):
        for logical_id, body in template["Resources"].items():
            if body["Type"] == "AWS::CloudWatch::Alarm":
                yield logical_id, body["Properties"]


def metrics_of(alarm: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the metrics of an alarm with their names in its expression, if it has one."""
    if "MetricName" in alarm:
        yield "", (alarm["Namespace"], alarm["MetricName"])
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            yield query["Id"], (metric["Namespace"], metric["MetricName"])


def test_every_metric_is_reviewed_and_every_review_is_used(alarms: list[Alarm]) -> None:
    used = {metric for _, alarm in alarms for _, metric in metrics_of(alarm)}
    assert used == REVIEWED.keys()


def test_missing_values_neither_raise_nor_keep_an_alarm(alarms: list[Alarm]) -> None:
    wrong = []
    for name, alarm in alarms:
        expression = " ".join(query.get("Expression", "") for query in alarm.get("Metrics", []))
        metrics = list(metrics_of(alarm))
        if alarm["TreatMissingData"] != "notBreaching":
            wrong.append(f"{name}: {alarm['TreatMissingData']}")
        for key, metric in metrics:
            emission = REVIEWED[metric]
            # A sum or a quotient has no value if one of its metrics has none.
            must_fill = emission is Emission.IGNORED or (emission in SPARSE and len(metrics) > 1)
            if must_fill and not re.search(rf"FILL\({re.escape(key)}, 0\)", expression):
                wrong.append(f"{name}: {metric}")
    assert wrong == []
