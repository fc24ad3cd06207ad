"""The local environment is the service without the resources that the emulator doesn't support."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import ConfigError, ServiceConfig
from aws_service_kit.local import cloud, faults
from aws_service_kit.local.app import (
    imported_modules,
    local_environment,
    name_parameter,
    reject_endpoints,
)
from aws_service_kit.testing.suites.infrastructure import (
    local_environment as local_environment_suite,
)
from aws_service_kit.testing.suites.infrastructure.local_environment import referred, templates
from aws_service_kit.testing.synthesis import Json, Synthesized, with_environment

__all__ = ["templates"]


def test_a_canary_and_a_web_acl_of_dev_are_left_out(
    templates: dict[str, Json], config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    careful = with_environment(config, "dev", canary=True, waf=True)
    app = empty_app(tmp_path, validation=False)
    build_environment(app, config=careful, name="dev", bundle=bundle)
    app.synth()
    local_environment_suite.test_only_unsupported_resources_are_left_out(
        templates, Synthesized(tmp_path, ("dev",)), careful
    )


def test_alarms_use_no_metric_math(templates: dict[str, Json]) -> None:
    for template in templates.values():
        for resource in template.get("Resources", {}).values():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                assert "Metrics" not in resource["Properties"]


def test_account_and_region_are_those_of_the_emulator(config: ServiceConfig) -> None:
    elsewhere = with_environment(config, "dev", account="1" * 12, region="sa-east-1")
    local = local_environment(elsewhere)
    assert (local.account, local.region) == (cloud.ACCOUNT, cloud.REGION)


def environments(templates: dict[str, Json]) -> dict[str, dict[str, Any]]:
    """Return each function's variables, by its logical id."""
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


def not_retried(templates: dict[str, Json]) -> Iterator[str]:
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


def test_functions_without_retries_in_the_emulator_are_marked(templates: dict[str, Json]) -> None:
    marked = {
        name
        for name, variables in environments(templates).items()
        if variables.get("AWS_SDK_UA_APP_ID") == faults.NOT_RETRIED
    }
    assert marked == set(not_retried(templates))


def test_a_parameter_without_a_name_gets_one() -> None:
    stack = Stack()
    named = ssm.CfnParameter(stack, "Named", type="String", value="x", name="/mine")
    nameless = ssm.CfnParameter(stack, "Nameless", type="String", value="x")
    for parameter in (named, nameless):
        name_parameter(parameter)
    assert (named.name, nameless.name) == ("/mine", "Default-Nameless")


def test_a_function_with_an_external_endpoint_is_rejected(tmp_path: Path) -> None:
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
    reject_endpoints(tmp_path)
    function.add_environment("AWS_ENDPOINT_URL_SQS", "https://example.com")
    app.synth(force=True)
    with pytest.raises(ConfigError, match=r"AWS_ENDPOINT_URL_SQS of Leaving\w+ sets an endpoint"):
        reject_endpoints(tmp_path)


def test_gateway_responses_use_an_id_that_the_emulator_supports(
    templates: dict[str, Json],
) -> None:
    resources = [each for one in templates.values() for each in one["Resources"].values()]
    responses = [
        json.dumps(each["Properties"])
        for each in resources
        if each["Type"] == "AWS::ApiGateway::GatewayResponse"
    ]
    assert bool(responses) == any(each["Type"].endswith("::RestApi") for each in resources)
    assert not [each for each in responses if "extendedRequestId" in each]
    assert all('correlation_id\\": \\"$context.requestId' in each for each in responses)


def test_modules_of_another_folder_are_not_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the service imports them if the original is installed in its environment."""
    module = ModuleType("service.handlers.elsewhere")
    module.__file__ = str(tmp_path / "src/service/handlers/elsewhere.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert not [path for path in imported_modules() if "elsewhere" in path]
