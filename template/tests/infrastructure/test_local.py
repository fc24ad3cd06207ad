# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The local environment is the service, but for what the emulator can't make."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm

from infrastructure.components.encryption_key import STACK
from infrastructure.config import ConfigError, ServiceConfig
from infrastructure.local.app import (
    create_app,
    local_environment,
    name_parameter,
    refuse_own_endpoints,
)
from infrastructure.local.not_emulated import NOT_EMULATED
from tests.infrastructure.synthesis import Json, Synthesized, with_environment
from tooling.local import cloud, faults

LEFT_OUT = {entry.kind for entry in NOT_EMULATED if entry.only_with is None}
# Of these perhaps all are left out, perhaps none: a storage stack alone has but alarms on sums.
PARTLY = {entry.kind for entry in NOT_EMULATED} - LEFT_OUT


@pytest.fixture(scope="module")
def templates(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Json]:
    """The local environment's templates, by stack."""
    folder = tmp_path_factory.mktemp("local")
    create_app(config, package=bundle, dependencies=bundle, outdir=folder).app.synth()
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.template.json")
    }


def kinds(resources: Json) -> set[str]:
    return {resource["Type"] for resource in resources.values()}


def test_only_what_cannot_be_emulated_is_left_out(
    templates: dict[str, Json], synthesized: Synthesized
) -> None:
    local = {kind for one in templates.values() for kind in kinds(one.get("Resources", {}))}
    in_dev = {
        resource.kind
        for resource in synthesized.resources(environment="dev")
        if not resource.stack.endswith(f"-{STACK}")
    }
    assert in_dev - local - PARTLY == in_dev & LEFT_OUT
    assert local <= in_dev


def test_no_alarm_needs_a_sum_of_metrics(templates: dict[str, Json]) -> None:
    for template in templates.values():
        for resource in template.get("Resources", {}).values():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                assert "Metrics" not in resource["Properties"]


def referred(value: Any) -> Iterator[str]:  # noqa: ANN401 (any part of a template)
    """Give the logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for each in value.values():
                yield from referred(each)
        case list():
            for each in value:
                yield from referred(each)


def test_nothing_refers_to_what_is_left_out(templates: dict[str, Json]) -> None:
    for template in templates.values():
        there = {*template.get("Resources", {}), *template.get("Parameters", {})}
        names = {name for name in referred(template) if not name.startswith("AWS::")}
        assert names <= there


def test_it_is_where_the_emulator_is_wherever_dev_is(config: ServiceConfig) -> None:
    elsewhere = with_environment(config, "dev", account="1" * 12, region="sa-east-1")
    local = local_environment(elsewhere)
    assert (local.account, local.region) == (cloud.ACCOUNT, cloud.REGION)


def environments(templates: dict[str, Json]) -> dict[str, dict[str, Any]]:
    """Give each function's variables, by its logical id."""
    return {
        name: resource["Properties"].get("Environment", {}).get("Variables", {})
        for template in templates.values()
        for name, resource in template.get("Resources", {}).items()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def test_functions_find_their_dependencies_in_a_folder(
    templates: dict[str, Json], bundle: Path
) -> None:
    for variables in environments(templates).values():
        assert variables["PYTHONPATH"] == str(bundle)


def tried_once(templates: dict[str, Json]) -> Iterator[str]:
    """Give the functions that a state machine or an asynchronous caller invokes."""
    for template in templates.values():
        for resource in template.get("Resources", {}).values():
            if resource["Type"] == "AWS::Lambda::EventInvokeConfig":
                yield from referred(resource["Properties"]["FunctionName"])
            if resource["Type"] == "AWS::StepFunctions::StateMachine":
                text = json.dumps(resource["Properties"]["DefinitionString"])
                yield from (
                    name
                    for name, each in template["Resources"].items()
                    if each["Type"] == "AWS::Lambda::Function" and name[:-8] in text
                )


def test_functions_that_the_emulator_tries_once_say_so(templates: dict[str, Json]) -> None:
    saying_so = {
        name
        for name, variables in environments(templates).items()
        if variables.get("AWS_SDK_UA_APP_ID") == faults.TRIED_ONCE
    }
    assert saying_so == set(tried_once(templates))


def test_a_parameter_without_a_name_gets_one_that_fits_an_arn() -> None:
    stack = Stack()
    named = ssm.CfnParameter(stack, "Named", type="String", value="x", name="/mine")
    nameless = ssm.CfnParameter(stack, "Nameless", type="String", value="x")
    for parameter in (named, nameless):
        name_parameter(parameter)
    assert (named.name, nameless.name) == ("/mine", "Default-Nameless")


def test_a_function_that_would_leave_this_machine_is_refused(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    function = lambda_.Function(
        Stack(app, "Stack"),
        "Leaving",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("pass"),
        environment={"TABLE_NAME": "table"},
    )
    app.synth()
    refuse_own_endpoints(tmp_path)
    function.add_environment("AWS_ENDPOINT_URL_SQS", "https://example.com")
    app.synth(force=True)
    with pytest.raises(ConfigError, match=r"AWS_ENDPOINT_URL_SQS of Leaving\w+ would lead away"):
        refuse_own_endpoints(tmp_path)
