"""Lambda's reports of invocations are parsed and become recommendations."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_service_kit.operations import right_sizing
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.right_sizing import (
    Recommendation,
    Report,
    Usage,
    parse,
    recommend,
    table,
    usages,
)
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

pytestmark = pytest.mark.guideline("F1")

# The emulator rejects lines older than two weeks.
NOW = datetime.now(UTC)
DEPLOYED = Deployed("orders", "dev", "us-east-1")
LOGS = "/aws/lambda/submit"
REQUEST = "8f5d6c2e-5f0a-4c1b-9a51-2f6d4c7b8a91"

WARM = (
    f"REPORT RequestId: {REQUEST}\tDuration: 102.25 ms\tBilled Duration: 103 ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 91 MB\t\n"
)
COLD = (
    f"REPORT RequestId: {REQUEST}\tDuration: 3.07 ms\tBilled Duration: 4 ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 88 MB\tInit Duration: 125.66 ms\t\n"
)
TRACED = (
    f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 90 MB\tInit Duration: 301.10 ms\t\n"
    "XRAY TraceId: 1-656f9a1c-0f2b3c4d5e6f708192a3b4c5\tSegmentId: 2a4f6d8e0c1b3a59\t"
    "Sampled: true\t\nStatus: timeout"
)
METRICS = {
    "durationMs": 101.51,
    "billedDurationMs": 102,
    "memorySizeMB": 512,
    "maxMemoryUsedMB": 92,
}
TRACING = {
    "spanId": "54565fb41ac79632",
    "type": "X-Amzn-Trace-Id",
    "value": "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1",
}


def as_json(metrics: dict[str, Any], **more: object) -> str:
    record = {"requestId": REQUEST, "metrics": metrics, "status": "success", **more}
    return json.dumps(
        {"time": "2026-11-26T11:59:12.345Z", "type": "platform.report", "record": record}
    )


@pytest.mark.parametrize(
    ("line", "report"),
    [
        (WARM, Report(102.25, 103, 512, 91)),
        (COLD, Report(3.07, 4, 512, 88)),
        (TRACED, Report(3000.0, 3000, 512, 90)),
        (as_json(METRICS), Report(101.51, 102, 512, 92)),
        (as_json(METRICS | {"initDurationMs": 116.67}), Report(101.51, 102, 512, 92)),
        (as_json(METRICS, tracing=TRACING), Report(101.51, 102, 512, 92)),
        (f"END RequestId: {REQUEST}\n", None),
        (json.dumps({"type": "platform.start", "record": {"requestId": REQUEST}}), None),
        (json.dumps({"level": "INFO", "message": 'A "platform.report" was read'}), None),
        ("REPORT RequestId: of another service", None),
        ("[]", None),
    ],
)
def test_a_report_line_is_parsed(line: str, report: Report | None) -> None:
    assert parse(line) == report


@given(st.text())
def test_any_other_line_is_none(line: str) -> None:
    assert parse(line) is None


def used(memory: int, *peaks: int) -> Usage:
    return Usage("f", memory, tuple(Report(10.0 * n, 100, memory, n) for n in peaks))


@pytest.mark.parametrize(
    ("usage", "memory_mb", "reason"),
    [
        (used(512), 512, "wasn't called with this memory in 7 days"),
        (
            used(512, 90),
            192,
            "saves 62% of the sample's 0.05 GB-seconds, unless less CPU makes it slower",
        ),
        (
            used(512, 20, 30),
            128,
            "saves 75% of the sample's 0.10 GB-seconds, unless less CPU makes it slower",
        ),
        (used(256, 160), 256, "fits"),
        (used(128, 20), 128, "fits"),
        (used(256, 231), 384, "is about to run out of memory"),
    ],
)
def test_memory_is_recommended_with_its_reason(usage: Usage, memory_mb: int, reason: str) -> None:
    assert recommend(usage) == Recommendation(memory_mb, reason)


@given(
    memory=st.integers(128, 10_240), shares=st.lists(st.floats(0.01, 1), min_size=1, max_size=20)
)
def test_recommended_memory_suffices_for_all_invocations(memory: int, shares: list[float]) -> None:
    usage = used(memory, *(max(1, int(memory * share)) for share in shares))
    recommended = recommend(usage).memory_mb
    assert recommended >= max(128, usage.peak_mb)
    assert recommended <= 10_240
    assert usage.peak_mb <= 0.9 * memory or recommended > memory or memory == 10_240


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=100))
def test_the_95th_percentile_covers_95_of_100_invocations(peaks: list[int]) -> None:
    usage = used(1024, *peaks)
    longer = [report for report in usage.reports if report.duration_ms > usage.p95_ms]
    assert len(longer) <= 0.05 * len(peaks)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        role = DEPLOYED.client("iam").create_role(
            RoleName="role",
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                        }
                    ],
                }
            ),
        )["Role"]["Arn"]
        for name, tags in {
            "submit": DEPLOYED.tags,
            "silent": DEPLOYED.tags,
            "others": DEPLOYED.tags | {"service": "payments"},
        }.items():
            make_function(name, role, tags)
        yield


def make_function(name: str, role: str, tags: dict[str, str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("handler.py", "")
    DEPLOYED.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.14",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
        MemorySize=512,
        Tags=tags,
    )


def test_the_log_group_is_the_configured_one() -> None:
    function = {"FunctionName": "submit"}
    assert right_sizing.log_group(function) == LOGS
    assert right_sizing.log_group(function | {"LoggingConfig": {"LogGroup": "own"}}) == "own"


def write(group: str, *lines: tuple[timedelta, str]) -> None:
    logs = DEPLOYED.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[
            {"timestamp": int((NOW - ago).timestamp() * 1000), "message": line}
            for ago, line in sorted(lines, reverse=True)
        ],
    )


@pytest.mark.usefixtures("account")
def test_only_recent_reports_of_the_services_functions_are_read() -> None:
    older = METRICS | {"memorySizeMB": 1024, "maxMemoryUsedMB": 700}
    write(
        LOGS,
        (timedelta(hours=1), as_json(METRICS)),
        (timedelta(hours=2), '{"level": "INFO", "message": "Submitted"}'),
        (timedelta(days=3), WARM),
        (timedelta(days=4), as_json(older)),
        (timedelta(days=8), as_json(METRICS | {"maxMemoryUsedMB": 500})),
    )
    write("/aws/lambda/others", (timedelta(hours=1), as_json(METRICS)))
    assert list(usages(DEPLOYED, NOW)) == [
        Usage("silent", 512, ()),
        Usage("submit", 512, (Report(102.25, 103, 512, 91), Report(101.51, 102, 512, 92))),
    ]


@pytest.mark.usefixtures("account")
def test_the_sample_of_a_day_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(right_sizing, "REPORTS_A_DAY", 3)
    lines = [(timedelta(days=day, minutes=n), WARM) for day in (1, 2) for n in range(1, 6)]
    write(LOGS, *lines)
    reports = right_sizing.sampled(DEPLOYED.client("logs"), LOGS, NOW)
    assert len(list(reports)) == 6


def test_the_table_is_markdown() -> None:
    lines = list(table([used(512, 90)]))
    assert {line.count("|") for line in lines} == {8}
    assert lines[2].startswith("| f | 1 | 512 | 90 | 900 | 192 | saves 62% ")


@pytest.mark.usefixtures("account")
def test_the_task_prints_a_report_of_an_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(right_sizing, "from_arguments", lambda *_, **__: DEPLOYED)
    assert right_sizing.main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("## Memory of orders's functions in dev\n\n| function |")
    assert "| silent | 0 | 512 |" in said


def test_without_access_the_task_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(right_sizing, "from_arguments", lambda *_, **__: DEPLOYED)
    monkeypatch.setattr(boto3, "client", fail)
    assert right_sizing.main([]) == 1
    assert capsys.readouterr().err.startswith("error: Unable to locate credentials")


def fail(*_: object, **__: object) -> Any:  # noqa: ANN401 (never returns)
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 (only here)

    raise NoCredentialsError
