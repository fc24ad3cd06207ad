import json
from typing import Any

import pytest
from aws_cdk import CrossStackReferences, Duration, ReferenceStrength, Stage
from aws_cdk.assertions import Template
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.dashboard import Dashboard
from aws_service_kit.constructs.deployed_at import PARAMETER, deployed_at
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.saved_queries import SavedQueries
from aws_service_kit.constructs.service_level import ServiceLevels
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack


def dashboard(make_stack: MakeStack, *, with_api: bool) -> dict[str, Any]:
    """Synthesize a stack with a dashboard of another stack, with weak references to it."""
    shown, environment = make_stack()
    AlarmTopic(shown, "AlarmTopic")
    function = Function(
        shown,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    if with_api:
        api = RestApi(shown, "Api")
        api.add_route("GET /", function, responses={200: None})
    stage = shown.node.scope
    assert isinstance(stage, Stage)
    stack = ServiceStack(stage, "dashboard", environment=environment, description="Shows")
    CrossStackReferences.of(stack).consume(ReferenceStrength.WEAK)
    ServiceLevels(stack, "Levels")
    SavedQueries(stack, "Queries")
    Dashboard(stack, "Overview")
    stage.synth()
    return dict(Template.from_stack(stack).to_json())


@pytest.mark.parametrize("with_api", [False, True])
def test_a_deployment_updates_resources_with_weak_references(
    with_api: bool, make_stack: MakeStack
) -> None:
    """Otherwise the CDK skips the stack or CloudFormation the resource, with outdated names."""
    template = dashboard(make_stack, with_api=with_api)
    assert template["Parameters"][PARAMETER]["Default"] == "unknown"
    weak = {
        name: json.dumps(body["Properties"])
        for name, body in template["Resources"].items()
        if "Fn::GetStackOutput" in json.dumps(body["Properties"])
    }
    assert len(weak) >= 8
    stale = [name for name, text in weak.items() if '{"Ref": "DeployedAt"}' not in text]
    assert stale == []


def test_a_stack_has_the_parameter_once(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    references = {str(stack.resolve(deployed_at(stack))) for _ in range(2)}
    assert references == {"{'Ref': 'DeployedAt'}"}
    assert PARAMETER in Template.from_stack(stack).to_json()["Parameters"]
