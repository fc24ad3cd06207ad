import re
from pathlib import Path

import pytest
from aws_service_kit.config import ENVIRONMENT_NAMES, load
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.document import render

from kit.docs.assemblies import Json, arn, ref, resource, write
from kit.docs.flowcharts import read_flowchart
from kit.projects import project

SECTIONS = [
    "How it works",
    "How it is monitored",
    "Stacks",
    "Functions",
    "Permissions",
    "Queues",
    "Alarms",
    "Network",
    "Stateful resources",
    "Environments",
]


def stacks(account: str) -> dict[str, Json]:
    """Return a stack with resources for every section."""
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 5}
    traces = {"Sid": "WriteTraces", "Effect": "Allow", "Action": "x:Put", "Resource": "*"}
    return {
        "b": {"Jobs": resource("SQS::Queue", RedrivePolicy=dead), "Dead": resource("SQS::Queue")},
        "a": {
            "Alarm": resource("CloudWatch::Alarm", AlarmDescription="<b>Read</b> | *it*"),
            "Key": resource("KMS::Key", policy="Retain"),
            "Role": resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [traces]}}]),
            "Topic": resource("SNS::Topic", Key=f"arn:aws:kms:sa-east-1:{account}:alias/x"),
            "Vpc": resource("EC2::VPC"),
            "Work": resource("Lambda::Function", Role=arn("Role")),
            "ToWork": resource("SNS::Subscription", TopicArn=ref("Topic"), Endpoint=arn("Work")),
        },
    }


def document(folder: Path, *, account: str = "111111111111", reverse: bool = False) -> str:
    made = stacks(account)
    if reverse:
        made = {name: dict(reversed(made[name].items())) for name in reversed(made)}
    for name in ENVIRONMENT_NAMES:
        write(folder / "assembly", made, environment=name, account=account)
    config = load(project(folder / "project", account))
    return render(config, {name: read(folder / "assembly", name) for name in ENVIRONMENT_NAMES})


def test_the_document_has_every_section(tmp_path: Path) -> None:
    written = document(tmp_path)
    assert re.findall(r"^## (.*)$", written, re.MULTILINE) == SECTIONS
    assert written.endswith("|\n")
    assert written.startswith("<!-- Derived: ")
    assert not [line for line in written.splitlines() if line != line.rstrip()]


def test_an_empty_section_is_omitted(tmp_path: Path) -> None:
    for name in ENVIRONMENT_NAMES:
        write(tmp_path / "assembly", {"a": {"T": resource("SNS::Topic")}}, environment=name)
    config = load(project(tmp_path / "project"))
    written = render(
        config, {name: read(tmp_path / "assembly", name) for name in ENVIRONMENT_NAMES}
    )
    found = re.findall(r"^## (.*)$", written, re.MULTILINE)
    assert found == ["How it works", "Stacks", "Alarms", "Environments"]


def test_equal_code_gives_an_equal_document_in_any_account(tmp_path: Path) -> None:
    first = document(tmp_path / "1")
    assert document(tmp_path / "2", reverse=True) == first
    assert document(tmp_path / "3", account="222222222222") == first
    assert str(tmp_path) not in first
    assert "111111111111" not in first


def test_both_diagrams_are_valid(tmp_path: Path) -> None:
    sources = re.findall(r"^```mermaid\n(.*?)\n```$", document(tmp_path), re.MULTILINE | re.DOTALL)
    working, watching = map(read_flowchart, sources)
    assert ("Topic", "Work", "-->", "") in working.named()
    assert ("CloudWatch", "a", "-.->", "logs and 1 alarm") in watching.named()


@pytest.mark.parametrize("shown", [r"Takes \| \*orders\*.", r"\<b\>Read\</b\> \| \*it\*"])
def test_texts_are_escaped(shown: str, tmp_path: Path) -> None:
    assert shown in document(tmp_path)
