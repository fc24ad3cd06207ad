"""A waiver accepts one finding: a new finding of the same resource fails."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.controls.catalog import (
    cdk,
    cloudwatch,
    lambda_functions,
    permissions,
    pipeline,
    principles,
    sections,
)
from aws_service_kit.controls.control import Control, ControlResult, Judgement
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.review import review

TODAY = date(2026, 11, 30)
FUNCTION, OTHER = "api/Function", "api/Other"
WAIVER = """
[[waiver]]
control = "S-X1.things"
resource = "{}"
reason = "The partner's deadline is in March."
owner = "platform@example.com"
expires = 2027-03-31
{}
"""


class Things(Control):
    """A control with the results that a test passes to it."""

    id = "S-I1.things"
    looks_at = "files"

    def __init__(self, *judgements: Judgement) -> None:
        self.judgements = judgements

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:  # noqa: ARG002 - base class
        return self.judgements


def fault(finding: str, environment: str = "dev", subject: str = FUNCTION) -> Judgement:
    return Judgement("function", subject, environment, f"lacks {finding}", finding=finding)


def reviewed(
    root: Path, judgements: Iterable[Judgement], *waivers: str, more: str = ""
) -> tuple[ControlResult, list[str]]:
    text = "".join(WAIVER.format(name, more).replace("S-X1", "S-I1") for name in waivers)
    (root / "guidelines.toml").write_text(text, encoding="utf-8")
    things, last = review(Evidence(root, TODAY), [Things(*judgements)])
    return things, [each.fault for each in last.faults if "no control has" not in each.fault]


def names(result: ControlResult) -> list[str]:
    return [each.name for each in result.faults]


def test_a_waiver_of_a_finding_accepts_no_other(tmp_path: Path) -> None:
    judgements = [fault("owner"), fault("service"), fault("owner", subject=OTHER)]
    result, _ = reviewed(tmp_path, judgements, f"{FUNCTION}:owner")
    assert names(result) == [f"{FUNCTION}:service", f"{OTHER}:owner"]
    assert [each.name for each in result.waived] == [f"{FUNCTION}:owner"]


@pytest.mark.parametrize("findings", [["owner"], ["service"], ["owner", "service"]])
def test_a_waiver_that_names_the_resource_alone_accepts_no_finding(
    tmp_path: Path, findings: list[str]
) -> None:
    """It would accept another one after the first is fixed."""
    judgements = [fault(each, environment) for each in findings for environment in ("dev", "prod")]
    result, _ = reviewed(tmp_path, judgements, FUNCTION)
    assert list(dict.fromkeys(names(result))) == [f"{FUNCTION}:{each}" for each in findings]
    assert result.waived == ()


def test_a_new_finding_fails_in_spite_of_a_waiver_of_the_resource(tmp_path: Path) -> None:
    whole = Judgement("function", FUNCTION, "dev", "is wrong")
    result, _ = reviewed(tmp_path, [whole, fault("owner")], FUNCTION)
    assert names(result) == [f"{FUNCTION}:owner"]
    assert result.waived == (whole,)


def test_a_waiver_of_an_environment_accepts_nothing_elsewhere(tmp_path: Path) -> None:
    judgements = [fault("owner"), fault("owner", "prod")]
    result, _ = reviewed(tmp_path, judgements, f"{FUNCTION}:owner", more='environment = "dev"')
    assert [each.environment for each in result.faults] == ["prod"]


def test_the_names_of_findings_are_shown(tmp_path: Path) -> None:
    """The control exists, since waivers of unknown controls are rejected."""
    text = WAIVER.format("extra/Api", "").replace("S-X1.things", "P3.authenticated")
    (tmp_path / "guidelines.toml").write_text(text, encoding="utf-8")
    *_, last = review(write(tmp_path, PUBLIC), [principles.AuthenticatedApi()])
    assert [each.fault for each in last.faults] == [
        "must name the finding: extra/Api:GET /hooks/{name}, extra/Api:POST /hooks"
    ]


def method(path: str, verb: str, authorization: str = "NONE") -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Ref": path},
            "HttpMethod": verb,
            "AuthorizationType": authorization,
        },
    }


def part(name: str, parent: object) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": name},
    }


ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
PUBLIC = {
    "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {}},
    "Hooks": part("hooks", ROOT),
    "Hook": part("{name}", {"Ref": "Hooks"}),
    "Health": part("health", ROOT),
    "GetHook": method("Hook", "GET"),
    "PostHooks": method("Hooks", "POST"),
    "PutHooks": method("Hooks", "PUT", "AWS_IAM"),
    "Preflight": method("Hooks", "OPTIONS"),
    "GetHealth": method("Health", "GET"),
}


def write(folder: Path, resources: dict[str, Any]) -> Evidence:
    """Write an assembly with one stack, and return its evidence."""
    manifest = {
        "artifacts": {
            "extra": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111111111111/sa-east-1",
                "displayName": "extra",
                "properties": {"templateFile": "extra.template.json"},
            }
        }
    }
    template = json.dumps({"Resources": resources})
    (folder / "extra.template.json").write_text(template, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Evidence(folder, TODAY, folder)


STATEMENTS = [
    {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"},
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:::q"},
    {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:::t"},
]
ROLE = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [{"PolicyDocument": {"Statement": STATEMENTS}}]},
    }
}
SHARED = {
    "Shared": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "PolicyDocument": {
                "Statement": [
                    {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": who}, "Action": "sqs:*"}
                    for sid, who in (
                        ("Partner", "222222222222"),
                        ("Auditor", "222222222222"),
                        ("Open", "*"),
                    )
                ]
            }
        },
    }
}
OPEN = {
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0"}, {"CidrIpv6": "::/0"}]},
    }
}
RULE = {
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {"Targets": [{"Id": "First"}, {"Id": "Second"}]},
    }
}


@pytest.mark.parametrize(
    ("control", "resources", "expected"),
    [
        (
            principles.AuthenticatedApi,
            PUBLIC,
            ["extra/Api:GET /hooks/{name}", "extra/Api:POST /hooks"],
        ),
        (
            principles.NotPublic,
            OPEN,
            ["extra/Group:CidrIp is 0.0.0.0/0", "extra/Group:CidrIpv6 is ::/0"],
        ),
        (
            cdk.Wildcards,
            ROLE,
            ["extra/Role:Read:s3:Get*", "extra/Role:Read:s3:List*"],
        ),
        (
            permissions.Documented,
            ROLE,
            ["extra/Role::sqs:SendMessage", "extra/Role::sns:Publish"],
        ),
        (
            permissions.CrossAccount,
            SHARED,
            [
                "extra/Shared:222222222222 by Partner",
                "extra/Shared:222222222222 by Auditor",
                "extra/Shared:Open",
            ],
        ),
        (sections.Targets, RULE, ["extra/Rule:First", "extra/Rule:Second"]),
        (lambda_functions.DeadLetterQueues, RULE, ["extra/Rule:First", "extra/Rule:Second"]),
        (
            cloudwatch.Alarmed,
            {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {}}},
            ["extra/Machine:ExecutionsFailed", "extra/Machine:ExecutionsTimedOut"],
        ),
    ],
    ids=lambda value: getattr(value, "id", ""),
)
def test_each_finding_in_a_template_has_its_name(
    control: type[Control],
    resources: dict[str, Any],
    expected: list[str],
    tmp_path: Path,
) -> None:
    found = [each for each in control().judge(write(tmp_path, resources)) if each.fault]
    assert [each.name for each in found] == expected


CLIENTS = """
import boto3

s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def handler(event, context):
    def inner():
        return 1
    try:
        return boto3.client("sns")
    except Exception:
        return None
"""


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (sections.Clients, ["module", "module 2", "handler"]),
        (lambda_functions.Swallowed, ["handler"]),
    ],
)
def test_each_finding_in_a_module_is_named_by_its_function(
    control: type[Control], expected: list[str], tmp_path: Path
) -> None:
    path = Path("src", "service", "handlers", "thing.py")
    (tmp_path / path).parent.mkdir(parents=True)
    for text in (CLIENTS, f"# A line more.\n{CLIENTS}"):
        (tmp_path / path).write_text(text, encoding="utf-8")
        found = [each for each in control().judge(Evidence(tmp_path, TODAY)) if each.fault]
        assert [each.name for each in found] == [f"{path}:{name}" for name in expected]


def test_each_key_of_a_file_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        f'a = "AKIA{"A" * 16}"\nb = "ASIA{"B" * 16}"\n', "utf-8"
    )
    first, second = cdk.NoSecretCommitted().judge(Evidence(tmp_path, TODAY))
    assert first.name != second.name
    assert first.name.startswith("settings.toml:")
    assert "AKIA" not in first.name


def test_each_finding_in_a_workflow_has_its_name(tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("a: ${{ secrets.AWS_ACCESS_KEY_ID }}\nb: ${{ secrets.AWS_SECRET }}\n")
    found = [each for each in pipeline.NoKeys().judge(Evidence(tmp_path, TODAY)) if each.finding]
    assert [each.name.partition(":")[2] for each in found] == [
        "secrets.AWS_ACCESS_KEY",
        "secrets.AWS_SECRET",
    ]
