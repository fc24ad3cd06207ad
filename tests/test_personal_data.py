"""The documents on personal data list the right places and retentions, in both languages."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.operations import personal_data

from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import synthesize, templates
from tests.programs import ROOT

GUIDES = ROOT / "template" / "kit" / "guides"
ENGLISH = GUIDES / "personal-data.md"
PORTUGUESE = GUIDES / "dados-pessoais.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.M | re.S)
IDEMPOTENCY = runpy.run_path(str(ROOT / "template/kit/src/aws_service_kit/runtime/idempotency.py"))
DAY = 24 * 60 * 60

# Resource types that may contain data of a request. Each has a row.
PLACES = {
    "AWS::ApiGateway::Stage": "logs of the API",
    "AWS::Cognito::UserPool": "user pool, with Cognito",
    "AWS::DynamoDB::GlobalTable": "table",
    "AWS::Events::Archive": "archive of the bus",
    "AWS::Lambda::Function": "logs of functions",
    "AWS::S3::Bucket": "reports (bucket)",
    "AWS::SNS::Topic": "notifications (topic)",
    "AWS::SQS::Queue": "queue",
    "AWS::StepFunctions::StateMachine": "executions of the state machine",
}


def rows(document: Path) -> list[tuple[str, ...]]:
    found = ROW.findall(document.read_text(encoding="utf-8"))
    return [row for row in found[1:] if not set(row[0]) <= {"-"}]


def documented() -> dict[str, list[int]]:
    """Return the numbers of days, hours or months for each place."""
    return {where: [*map(int, re.findall(r"\d+", long))] for where, _, long, _ in rows(ENGLISH)}


@pytest.fixture(scope="module")
def assembly(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of a service with every stack."""
    folder = tmp_path_factory.mktemp("assembly")
    answers = {"stacks": list(ALL_STACKS), "api_authentication": "cognito"}
    synthesize(render(answers), folder, environments=("dev", "staging", "prod"))
    return folder / "cdk.out"


def resources(assembly: Path, environment: str, resource_type: str) -> Iterator[dict[str, Any]]:
    for _, template in templates(assembly / f"assembly-{environment}"):
        for resource in template["Resources"].values():
            if resource["Type"] == resource_type:
                yield resource.get("Properties", {})


def test_both_languages_have_the_same_content() -> None:
    english, portuguese = (
        document.read_text(encoding="utf-8") for document in (ENGLISH, PORTUGUESE)
    )

    def code(document: str) -> list[tuple[str, list[str]]]:
        return [
            (language, re.findall(r"^[^#\n]*", text, re.M))
            for language, text in BLOCK.findall(document)
        ]

    def outline(document: str) -> list[str]:
        return re.findall(r"^(#+|\d+\.) ", document, re.M)

    def facts(document: Path) -> list[tuple[list[str], list[str]]]:
        lines = (" ".join(row) for row in rows(document))
        return [(re.findall(r"`[^`]+`", line), re.findall(r"\d+", line)) for line in lines]

    assert [*map(str, code(english))] == [*map(str, code(portuguese))]
    assert outline(english) == outline(portuguese)
    assert facts(ENGLISH) == facts(PORTUGUESE)
    assert len(rows(ENGLISH)) > len(PLACES)
    assert re.findall(r"`[a-z_]+`", english).count("`expires_at`") == 1


def test_retentions_are_those_of_the_templates(assembly: Path) -> None:
    days = documented()
    assert days["idempotency copies, in the table"] == [IDEMPOTENCY["RETENTION_SECONDS"] // 3600]
    assert days["queue"] + days["dead-letter queues"] == sorted(
        {
            int(queue["MessageRetentionPeriod"]) // DAY
            for queue in resources(assembly, "prod", "AWS::SQS::Queue")
        }
    )
    (archive,) = resources(assembly, "prod", "AWS::Events::Archive")
    assert days["archive of the bus"] == [archive["RetentionDays"]]
    (reports,) = (
        bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]
        for bucket in resources(assembly, "prod", "AWS::S3::Bucket")
        if "LifecycleConfiguration" in bucket
        and "ExpirationInDays" in bucket["LifecycleConfiguration"]["Rules"][0]
    )
    assert days["reports (bucket)"] == [reports]
    logs = [
        {group["RetentionInDays"] for group in resources(assembly, name, "AWS::Logs::LogGroup")}
        for name in ("dev", "staging", "prod")
    ]
    assert [{number} for number in days["logs of functions"]] == logs
    for environment in ("dev", "staging", "prod"):
        (table,) = resources(assembly, environment, "AWS::DynamoDB::GlobalTable")
        recovery = table["Replicas"][0]["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is True
        # DynamoDB's default.
        assert [recovery.get("RecoveryPeriodInDays", 35)] == days["point-in-time recovery"]


def test_logs_contain_no_data(assembly: Path) -> None:
    (state_machine,) = resources(assembly, "prod", "AWS::StepFunctions::StateMachine")
    assert state_machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    for stage in resources(assembly, "prod", "AWS::ApiGateway::Stage"):
        assert {each["DataTraceEnabled"] for each in stage["MethodSettings"]} == {False}
        for field in ("identity", "path", "querystring", "requestOverride"):
            assert f"$context.{field}" not in stage["AccessLogSetting"]["Format"]


def test_every_place_is_documented(assembly: Path) -> None:
    for resource_type, where in PLACES.items():
        assert any(resources(assembly, "prod", resource_type)), resource_type
        assert where in documented()
    held = {
        resource["Type"]
        for _, template in templates(assembly / "assembly-prod")
        for resource in template["Resources"].values()
    }
    holding = re.compile(
        r"::(Archive|Bucket|Cluster|DBInstance|DeliveryStream|Domain|FileSystem|"
        r"GlobalTable|Queue|Stream|Table|Topic|UserPool|StateMachine)$"
    )
    assert {
        resource_type for resource_type in held if holding.search(resource_type)
    } <= PLACES.keys()


@pytest.mark.parametrize("document", [ENGLISH, PORTUGUESE], ids=["en", "pt-BR"])
def test_the_commands_are_those_of_the_task(document: Path) -> None:
    found = re.findall(
        r"^ *\$ python3 dev\.py personal-data (.+)$", document.read_text("utf-8"), re.M
    )
    assert len(found) == 5
    for command in found:
        personal_data._parser().parse_args(shlex.split(command, comments=True))
