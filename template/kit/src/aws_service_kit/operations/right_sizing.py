"""Recommend each function's memory size from its usage (guideline, 7.2).

`python3 dev.py right-sizing --environment dev` reads with the shell's credentials and changes
nothing. Lambda logs a report after each invocation. The task reads a sample of the reports with a
filter, which is free. Logs Insights costs money for every scanned gigabyte.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_service_kit.config import ConfigError
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, from_arguments

DAYS = 7
# Enough for a 99th percentile, and read in about a second.
REPORTS_A_DAY = 1_000

# Both formats of Lambda's platform logs: text and JSON.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
PATTERN = '?"REPORT RequestId" ?"platform.report"'
TEXT = re.compile(
    r"REPORT RequestId: \S+\s+Duration: (?P<duration>[\d.]+) ms"
    r"\s+Billed Duration: (?P<billed>\d+) ms"
    r"\s+Memory Size: (?P<size>\d+) MB\s+Max Memory Used: (?P<used>\d+) MB"
)

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
LEAST_MB, MOST_MB = 128, 10_240
STEP_MB = 64
# The recommended memory as a multiple of the peak usage, and the usage above which memory is short,
# as a share of the memory.
HEADROOM = 1.5
SHORT = 0.9
# A reduction is recommended if at most this share of the memory is left.
MOST_AFTER_REDUCTION = 0.75


@dataclass(frozen=True)
class Report:
    """Lambda's report of an invocation.

    Attributes:
        duration_ms: The handler's duration, in milliseconds.
        billed_ms: The billed duration, in milliseconds.
        size_mb: The function's memory size, in megabytes.
        used_mb: The peak usage of its execution environment, in megabytes.
    """

    duration_ms: float
    billed_ms: float
    size_mb: int
    used_mb: int


@dataclass(frozen=True)
class Usage:
    """A function's memory size and usage.

    Attributes:
        function: The function's name.
        memory_mb: Its memory, in megabytes.
        reports: Reports of invocations with that memory size.
    """

    function: str
    memory_mb: int
    reports: tuple[Report, ...]

    @property
    def peak_mb(self) -> int:
        """The peak memory usage, in megabytes; 0 without invocations."""
        return max((report.used_mb for report in self.reports), default=0)

    @property
    def p95_ms(self) -> float:
        """The 95th percentile of the duration, in milliseconds; 0 without invocations."""
        durations = sorted(report.duration_ms for report in self.reports)
        return durations[math.ceil(0.95 * len(durations)) - 1] if durations else 0.0

    @property
    def gb_seconds(self) -> float:
        """The billed gigabyte-seconds."""
        return sum(report.billed_ms * report.size_mb for report in self.reports) / 1_024_000


@dataclass(frozen=True)
class Recommendation:
    """A recommended memory size.

    Attributes:
        memory_mb: The memory size, in megabytes.
        reason: The reason.
    """

    memory_mb: int
    reason: str


def parse(line: str) -> Report | None:
    """Parse a line of a function's log; None if it isn't a report.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
    """
    found = TEXT.search(line)
    if found is not None:
        return Report(
            duration_ms=float(found["duration"]),
            billed_ms=float(found["billed"]),
            size_mb=int(found["size"]),
            used_mb=int(found["used"]),
        )
    try:
        content = json.loads(line)
    except json.JSONDecodeError:
        return None
    match content:
        case {
            "type": "platform.report",
            "record": {
                "metrics": {
                    "durationMs": float() | int() as duration,
                    "billedDurationMs": float() | int() as billed,
                    "memorySizeMB": int() as size,
                    "maxMemoryUsedMB": int() as used,
                }
            },
        }:
            return Report(duration, billed, size, used)
    return None


def recommend(usage: Usage) -> Recommendation:
    """Recommend a memory size for a function.

    Memory determines CPU, so less memory may slow a function down. Therefore the recommendation is
    half more than the peak usage. The report shows the 95th percentile of the duration, to compare
    it after a change.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """
    has, peak = usage.memory_mb, usage.peak_mb
    if not usage.reports:
        return Recommendation(has, f"wasn't called with this memory in {DAYS} days")
    needs = min(max(LEAST_MB, math.ceil(peak * HEADROOM / STEP_MB) * STEP_MB), MOST_MB)
    if peak > SHORT * has:
        return Recommendation(max(needs, has), "is about to run out of memory")
    if needs <= MOST_AFTER_REDUCTION * has:
        share = 1 - needs / has
        saved = f"{share:.0%} of the sample's {usage.gb_seconds:.2f} GB-seconds"
        return Recommendation(needs, f"saves {saved}, unless less CPU makes it slower")
    return Recommendation(has, "fits")


def usages(deployed: Deployed, now: datetime) -> Iterator[Usage]:
    """Yield the memory size and the recent usage of each of the service's functions.

    Args:
        deployed: The service in an environment.
        now: The end of the period.
    """
    functions, logs = deployed.client("lambda"), deployed.client("logs")
    for arn in sorted(deployed.arns("lambda:function")):
        function = functions.get_function_configuration(FunctionName=arn)
        name, memory = function["FunctionName"], function["MemorySize"]
        # Usage with another memory size doesn't apply, since the CPU differs.
        reports = (
            report for report in sampled(logs, log_group(function), now) if report.size_mb == memory
        )
        yield Usage(name, memory, tuple(reports))


def log_group(function: Mapping[str, Any]) -> str:
    """Return the name of a function's log group, from its configuration or Lambda's default."""
    named = function.get("LoggingConfig", {}).get("LogGroup")
    return str(named or f"/aws/lambda/{function['FunctionName']}")


def sampled(logs: Any, group: str, now: datetime) -> Iterator[Report]:  # noqa: ANN401 - a client
    """Yield a sample of reports from each day, so that one busy day doesn't dominate.

    Args:
        logs: A client of CloudWatch Logs.
        group: The log group's name; a missing one has no reports.
        now: The end of the period.
    """
    for day in range(DAYS, 0, -1):
        begin = now - timedelta(days=day)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            startTime=_milliseconds(begin),
            endTime=_milliseconds(begin + timedelta(days=1)) - 1,
            filterPattern=PATTERN,
            PaginationConfig={"MaxItems": REPORTS_A_DAY},
        )
        try:
            parsed = [parse(event["message"]) for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return
        yield from (report for report in parsed if report is not None)


def table(found: Iterable[Usage]) -> Iterator[str]:
    """Yield the lines of a Markdown table with the recommendation for each function."""
    yield "| function | reports | memory, MB | peak, MB | p95, ms | recommended, MB | because it |"
    yield "| --- | --: | --: | --: | --: | --: | --- |"
    for usage in found:
        recommended = recommend(usage)
        cells = (
            usage.function,
            len(usage.reports),
            usage.memory_mb,
            usage.peak_mb,
            f"{usage.p95_ms:.0f}",
            recommended.memory_mb,
            recommended.reason,
        )
        yield f"| {' | '.join(map(str, cells))} |"


def main(arguments: Sequence[str]) -> int:
    """Print the table of an environment.

    Returns:
        1 if the environment can't be read, else 0.
    """
    try:
        deployed = from_arguments(
            arguments, program="right-sizing", does="Recommend functions' memory."
        )
        lines = list(table(usages(deployed, datetime.now(UTC))))
    except (*AWS_ERRORS, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"## Memory of {deployed.service}'s functions in {deployed.environment}\n")
    print("\n".join(lines), end="\n\n")
    return 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
