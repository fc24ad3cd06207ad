"""Sum up the functions' metrics, from the embedded metric format in their logs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_service_kit.local import logs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_service_kit.local.cloud import Cloud

# The name of a handler's module, and the name of a metric.
Metric = tuple[str, str]


def totals(cloud: Cloud) -> Counter[Metric]:
    """Return the sums of all functions' metrics."""
    return added_up(event["message"] for _, event in logs.events(cloud, 0))


def added_up(lines: Iterable[str]) -> Counter[Metric]:
    """Return the sums of metrics in log lines, by operation and name.

    Source: CloudWatch User Guide, "Specification: Embedded metric format".
    """
    found: Counter[Metric] = Counter()
    for line in lines:
        if line.startswith("{") and '"_aws"' in line:
            for metric, value in _metrics(json.loads(line)):
                found[metric] += value
    return found


def _metrics(content: dict[str, Any]) -> Iterator[tuple[Metric, int]]:
    for directive in content["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            name = metric["Name"]
            values = content[name] if isinstance(content[name], list) else [content[name]]
            if "operation" in content:
                yield (content["operation"], name), int(sum(values))
