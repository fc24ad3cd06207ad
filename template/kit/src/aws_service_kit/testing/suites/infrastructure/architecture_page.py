"""The architecture document matches the synthesized templates."""

import re
from pathlib import Path

import pytest

from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.document import render
from aws_service_kit.docs.architecture.markdown import code
from aws_service_kit.testing.synthesis import Synthesized

# Types of resources that the document must show.
NAMED = (
    "AWS::ApiGateway::RestApi",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
)
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::Role")


def page_of(
    config: ServiceConfig,
    folder: Path,
    environments: tuple[EnvironmentName, ...] = ENVIRONMENT_NAMES,
) -> str:
    return render(config, {name: read(folder, name) for name in environments})


@pytest.fixture(scope="module")
def document(config: ServiceConfig, synthesized: Synthesized) -> str:
    return page_of(config, synthesized.folder)


def test_every_resource_is_named(
    document: str, synthesized: Synthesized, config: ServiceConfig
) -> None:
    named = read(synthesized.folder, "dev").resources(*NAMED)
    found = {(item.stack, item.logical_id): code(item.name) in document for item in named}
    assert [key for key, is_there in found.items() if not is_there] == []
    prefix = f"{config.service.name}-dev-"
    named_before = config.environments["dev"].stack_names
    domains = {name: domain for domain, name in named_before.items()}
    deployed = [
        (
            domains.get(resource.stack, resource.stack.removeprefix(prefix)),
            resource.logical_id,
        )
        for resource_type in NAMED
        for resource in synthesized.resources(resource_type, environment="dev")
    ]
    assert sorted(found) == sorted(deployed)


def test_every_function_is_shown_with_its_handler(document: str, synthesized: Synthesized) -> None:
    functions = synthesized.resources("AWS::Lambda::Function", environment="dev")
    handlers = [function.properties["Handler"] for function in functions]
    assert [handler for handler in handlers if f"| {code(handler)} |" not in document] == []


def test_every_alarm_has_a_description(document: str, synthesized: Synthesized) -> None:
    alarms = synthesized.resources("AWS::CloudWatch::Alarm", environment="dev")
    rows = re.findall(r"^\| `.*` \| .* [≥>≤<] .* \| (.+) \|$", document, re.MULTILINE)
    assert len(rows) == len(alarms)


def test_every_statement_of_a_role_is_listed(document: str, synthesized: Synthesized) -> None:
    policies = [
        policy
        for resource in synthesized.resources(environment="dev")
        if resource.kind in POLICIES
        for policy in (
            resource.properties.get("PolicyDocument"),
            *(each["PolicyDocument"] for each in resource.properties.get("Policies", [])),
        )
        if policy is not None
    ]
    sids = {statement["Sid"] for policy in policies for statement in policy["Statement"]}
    assert {sid for sid in sids if f"| {code(sid)} |" not in document} == set()


def test_every_arrow_of_the_diagrams_has_two_declared_ends(document: str) -> None:
    for source in re.findall(r"^```mermaid\n(.*?)\n```$", document, re.MULTILINE | re.DOTALL):
        declared = re.findall(r"^ *(?:subgraph )?(\w+)[\[({]+\"", source, re.MULTILINE)
        arrows = re.findall(r"^ *(\w+) -\.?->(?:\|\".*\"\|)? (\w+)$", source, re.MULTILINE)
        assert len(declared) == len(set(declared))
        assert {end for arrow in arrows for end in arrow} <= set(declared)
