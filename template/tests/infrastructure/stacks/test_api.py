"""The api stack of every environment."""

import json
import re
from pathlib import Path

import pytest
from aws_service_kit.app import openapi
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.runtime import cursor
from aws_service_kit.runtime.request import MAX_INTEGER
from aws_service_kit.testing.synthesis import Json, MakeStacks, Resource, Synthesized, synthesize

MESSAGING = """
from aws_cdk import Duration
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack


class MessagingStack(ServiceStack):
    submissions: Queue

    def __init__(self, stage, environment):
        super().__init__(stage, "messaging", environment=environment, description="A queue")
        self.submissions = Queue(self, "Requests", consumer_timeout=Duration.seconds(30))
"""

# Expectations of the team's stack. Change them with the stack.
# The routes that anyone may call, by the last part of their path.
PUBLIC = {"health"}
SUBMIT = "service.handlers.submit_request.handler"
# The permissions of each handler, in addition to logs, traces and sending to the queue.
PERMISSIONS = {
    SUBMIT: {"UseRecords": "dynamodb:PutItem"},
    "service.handlers.get_request.handler": {"UseRecords": "dynamodb:GetItem"},
    "service.handlers.list_requests.handler": {
        "UseRecords": "dynamodb:Query",
        "ReadCursorSecret": "secretsmanager:GetSecretValue",
        "ReadSettings": "ssm:GetParameter",
    },
    "service.handlers.rotate_cursor_secret.handler": {
        "RotateCursorSecret": [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ],
    },
    "service.handlers.health.handler": {},
}


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def functions(synthesized: Synthesized, environment: EnvironmentName) -> dict[str, Resource]:
    return {
        function.properties["Handler"]: function
        for function in synthesized.resources("AWS::Lambda::Function", environment=environment)
        if function.stack.endswith("-api")
    }


def permissions(synthesized: Synthesized, function: Resource) -> Json:
    """Return the permissions of the function's role: the actions of each statement."""
    role = function.properties["Role"]["Fn::GetAtt"][0]
    return {
        statement["Sid"]: statement["Action"]
        for policy in synthesized.resources("AWS::IAM::Policy", environment=function.environment)
        if policy.stack == function.stack and policy.properties["Roles"] == [{"Ref": role}]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Sid"] != "WriteOwnLogs"
    }


def test_functions_may_do_what_they_need(
    synthesized: Synthesized, environment: EnvironmentName
) -> None:
    found = functions(synthesized, environment)
    allowed = {name: permissions(synthesized, found[name]) for name in PERMISSIONS}
    queued = "QUEUE_URL" in found[SUBMIT].properties["Environment"]["Variables"]
    assert allowed[SUBMIT].pop("SendToRequests", None) == ("sqs:SendMessage" if queued else None)
    assert allowed == PERMISSIONS


def test_functions_have_the_names_of_their_resources(
    synthesized: Synthesized, environment: EnvironmentName
) -> None:
    variables = {
        name.split(".")[2]: set(function.properties["Environment"]["Variables"])
        for name, function in functions(synthesized, environment).items()
    }
    assert "TABLE_NAME" in variables["submit_request"] & variables["get_request"]
    assert {"TABLE_NAME", "CURSOR_SECRET_ARN", "SETTINGS_PARAMETER_NAME"} <= variables[
        "list_requests"
    ]
    assert not {"TABLE_NAME", "QUEUE_URL"} & variables["health"]


def test_submission_has_the_retention(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    variables = functions(synthesized, environment)[SUBMIT].properties["Environment"]["Variables"]
    days = config.of(config.environments[environment]).records.retention_days
    assert variables.get("RETENTION_DAYS") == (None if days is None else str(days))


def test_the_cursors_secret_is_rotated(
    synthesized: Synthesized, environment: EnvironmentName
) -> None:
    (schedule,) = (
        each
        for each in synthesized.resources(
            "AWS::SecretsManager::RotationSchedule", environment=environment
        )
        if each.properties["SecretId"] == {"Ref": "CursorSecret"}
    )
    assert schedule.properties["RotationRules"]["AutomaticallyAfterDays"] > 0


def test_only_the_listed_routes_are_public(either_authentication: Synthesized) -> None:
    paths = {
        (resource.stack, resource.logical_id): resource.properties["PathPart"]
        for resource in either_authentication.resources("AWS::ApiGateway::Resource")
    }
    public = {
        paths[method.stack, method.properties["ResourceId"]["Ref"]]
        for method in either_authentication.resources("AWS::ApiGateway::Method")
        if method.properties["AuthorizationType"] == "NONE"
        and method.properties["HttpMethod"] != "OPTIONS"
    }
    assert public == PUBLIC


@pytest.mark.parametrize("resource_type", ["AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"])
def test_the_configuration_decides_on_the_firewall(
    resource_type: str,
    synthesized: Synthesized,
    environment: EnvironmentName,
    config: ServiceConfig,
) -> None:
    firewalls = synthesized.resources(resource_type, environment=environment)
    assert bool(firewalls) is config.environments[environment].waf


def test_submission_uses_the_queue_if_there_is_one(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    queued = synthesize(
        config,
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        # The service's other stacks may need resources that this messaging stack lacks.
        stacks=make_stacks(beside=("api", "storage"), messaging=MESSAGING),
    )
    assert queued.findings("violations") == []
    submit = functions(queued, "dev")[SUBMIT]
    assert "QUEUE_URL" in submit.properties["Environment"]["Variables"]
    assert permissions(queued, submit)["SendToRequests"] == "sqs:SendMessage"


def test_the_document_describes_the_routes(config: ServiceConfig, bundle: Path) -> None:
    text = openapi.render(config, bundle)
    assert text is not None
    parameters = {
        parameter["name"]: parameter["schema"]
        for operations in json.loads(text)["paths"].values()
        for operation in operations.values()
        for parameter in operation["parameters"]
    }
    # The document has the patterns that the handlers check.
    assert re.compile(parameters["Idempotency-Key"]["pattern"]).match("k" * 255)
    assert not re.compile(parameters["Idempotency-Key"]["pattern"]).match("k" * 256)
    assert parameters["limit"]["maximum"] == MAX_INTEGER
    assert cursor.FORM.pattern in parameters["cursor"]["pattern"]
    for operation in ("submitRequest", "getRequest", "listRequests", "health"):
        assert f'"operationId": "{operation}"' in text
