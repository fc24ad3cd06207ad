import json
from http import HTTPStatus
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.gateway_responses import REFUSALS, TOO_MANY_REQUESTS
from aws_service_kit.constructs.route import RequestParameter
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.runtime import errors
from aws_service_kit.runtime.problem import Problem
from aws_service_kit.runtime.request import MAX_BODY_BYTES
from aws_service_kit.testing.synthesis import (
    MakeStack,
    with_authentication,
    with_body_limit,
    with_environment,
)
from pydantic import BaseModel


class Thing(BaseModel):
    name: str


def synthesize_api(
    make_stack: MakeStack,
    config: ServiceConfig,
    environment: str = "dev",
    timeout: Duration | None = None,
) -> Template:
    stack, _ = make_stack(environment, config)
    api = RestApi(stack, "Api")
    for name, route, body in (
        ("AddThing", "POST /things", Thing),
        ("GetThing", "GET /things/{id}", None),
        ("Health", "GET /health", None),
    ):
        function = Function(
            stack,
            name,
            handler="service.handlers.sample.handler",
            memory_mb=256,
            timeout=timeout or Duration.seconds(5),
        )
        api.add_route(
            route,
            function,
            body=body,
            responses={200: Thing},
            headers={"X-Key": RequestParameter(description="Key", required=body is not None)},
            public=name == "Health",
        )
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template(make_stack: MakeStack, config: ServiceConfig) -> Template:
    """An API in dev."""
    return synthesize_api(make_stack, config)


def methods(template: Template) -> dict[str, dict[str, Any]]:
    """Return every method except the root's, by verb and last part of the path."""
    parts = {
        logical_id: found["Properties"]["PathPart"]
        for logical_id, found in template.find_resources("AWS::ApiGateway::Resource").items()
    }
    found = template.find_resources("AWS::ApiGateway::Method").values()
    return {
        f"{method['Properties']['HttpMethod']} {parts[resource]}": method["Properties"]
        for method in found
        if (resource := method["Properties"]["ResourceId"].get("Ref")) in parts
    }


@pytest.mark.parametrize(
    ("authentication", "resource_type"), [("iam", "AWS_IAM"), ("cognito", "COGNITO_USER_POOLS")]
)
def test_all_routes_except_public_ones_are_authenticated(
    authentication: str, resource_type: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize_api(make_stack, with_authentication(config, authentication))
    assert {name: method["AuthorizationType"] for name, method in methods(template).items()} == {
        "POST things": resource_type,
        "GET {id}": resource_type,
        "GET health": "NONE",
    }
    template.resource_count_is("AWS::Cognito::UserPool", int(authentication == "cognito"))


@pytest.mark.parametrize("authentication", ["iam", "cognito"])
def test_an_api_may_have_only_public_routes(
    authentication: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = make_stack("dev", with_authentication(config, authentication))
    function = Function(
        stack,
        "Health",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api = RestApi(stack, "Api")
    api.add_route("GET /health", function, public=True, responses={200: Thing})
    Template.from_stack(stack).resource_count_is("AWS::ApiGateway::Authorizer", 0)


def test_only_administrators_create_users(make_stack: MakeStack, config: ServiceConfig) -> None:
    template = synthesize_api(make_stack, with_authentication(config, "cognito"), "prod")
    template.has_resource(
        "AWS::Cognito::UserPool",
        {
            "DeletionPolicy": "Retain",
            "Properties": {
                "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
                "DeletionProtection": "ACTIVE",
                "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
                "MfaConfiguration": "ON",
                "Policies": {"PasswordPolicy": {"MinimumLength": 14}},
            },
        },
    )
    # Responses must not reveal whether a user exists.
    template.has_resource_properties(
        "AWS::Cognito::UserPoolClient", {"PreventUserExistenceErrors": "ENABLED"}
    )


def test_requests_are_validated(template: Template) -> None:
    post = methods(template)["POST things"]
    assert post["RequestParameters"] == {"method.request.header.X-Key": True}
    (model,) = template.find_resources("AWS::ApiGateway::Model")
    assert post["RequestModels"] == {"application/json": {"Ref": model}}
    template.has_resource_properties(
        "AWS::ApiGateway::RequestValidator",
        {"ValidateRequestBody": True, "ValidateRequestParameters": True},
    )


def test_the_stage_throttles_logs_and_traces(template: Template, config: ServiceConfig) -> None:
    environment = config.environments["dev"]
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "TracingEnabled": True,
            "MethodSettings": [
                {
                    "DataTraceEnabled": False,
                    "HttpMethod": "*",
                    "LoggingLevel": "ERROR",
                    "ResourcePath": "/*",
                    "ThrottlingBurstLimit": environment.api_burst,
                    "ThrottlingRateLimit": environment.api_rate_per_second,
                }
            ],
        },
    )
    (stage,) = template.find_resources("AWS::ApiGateway::Stage").values()
    fields = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    personal = ("identity", "querystring", "path", "authorizer", "requestId", "requestOverride")
    used = [variable.removeprefix("$context.") for variable in fields.values()]
    assert not [variable for variable in used if variable.startswith(personal)]


def test_execution_logs_have_a_retention(template: Template, config: ServiceConfig) -> None:
    name = {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", {"Ref": "Api"}, "/v1"]]}
    days = config.environments["dev"].log_retention_days
    template.has_resource_properties(
        "AWS::Logs::LogGroup", {"LogGroupName": name, "RetentionInDays": days}
    )


def test_the_tls_policy_is_recent_and_there_is_no_account_role(template: Template) -> None:
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"SecurityPolicy": Match.string_like_regexp("TLS13_1_2"), "EndpointAccessMode": "STRICT"},
    )
    template.resource_count_is("AWS::ApiGateway::Account", 0)


@pytest.mark.parametrize("waf", [False, True])
def test_the_web_acl_exists_only_where_it_is_configured(
    waf: bool, make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize_api(make_stack, with_environment(config, "dev", waf=waf))
    template.resource_count_is("AWS::WAFv2::WebACL", int(waf))
    template.resource_count_is("AWS::WAFv2::WebACLAssociation", int(waf))


def test_the_web_acl_blocks_requests(make_stack: MakeStack, config: ServiceConfig) -> None:
    template = synthesize_api(make_stack, with_environment(config, "dev", waf=True))
    rate_limit, *managed = firewall(template)["Rules"]
    assert rate_limit["Action"] == {"Block": {}}
    groups = {rule["Name"]: rule["OverrideAction"] for rule in managed}
    # "None" keeps the group's actions, which block.
    assert groups == {
        "AWSManagedRulesAmazonIpReputationList": {"None": {}},
        "AWSManagedRulesCommonRuleSet": {"None": {}},
        "AWSManagedRulesKnownBadInputsRuleSet": {"None": {}},
    }


def firewall(template: Template) -> dict[str, Any]:
    (acl,) = template.find_resources("AWS::WAFv2::WebACL").values()
    properties: dict[str, Any] = acl["Properties"]
    return properties


@pytest.mark.parametrize(("rate", "burst", "limit"), [(1, 1, 301), (100, 200, 30_200)])
def test_the_rate_limit_of_an_address_follows_the_throttling(
    rate: int, burst: int, limit: int, make_stack: MakeStack, config: ServiceConfig
) -> None:
    limits = {"waf": True, "api_rate_per_second": rate, "api_burst": burst}
    template = synthesize_api(make_stack, with_environment(config, "dev", **limits))
    rate_limit, *_ = firewall(template)["Rules"]
    assert rate_limit["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "Limit": limit,
    }


@pytest.mark.parametrize(
    ("max_body_kb", "inspected"), [(1, "KB_16"), (16, "KB_16"), (17, "KB_32"), (64, "KB_64")]
)
def test_the_web_acl_and_the_functions_have_the_same_body_limit(
    max_body_kb: int, inspected: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    limited = with_body_limit(with_environment(config, "dev", waf=True), max_body_kb)
    template = synthesize_api(make_stack, limited)
    acl = firewall(template)
    assert acl["AssociationConfig"]["RequestBody"] == {
        "API_GATEWAY": {"DefaultSizeInspectionLimit": inspected}
    }
    # AWS's rule would block bodies over 8 KB. The functions reject bodies over the limit.
    groups = [rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in acl["Rules"]]
    assert [group["RuleActionOverrides"] for group in groups if "RuleActionOverrides" in group] == [
        [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
    ]
    limits = {
        function["Properties"]["Environment"]["Variables"].get("MAX_BODY_BYTES")
        for function in template.find_resources("AWS::Lambda::Function").values()
    }
    assert limits == {None, str(max_body_kb * 1024)}


def test_the_default_body_limit_is_that_of_the_configuration(config: ServiceConfig) -> None:
    assert config.api.max_body_kb * 1024 == MAX_BODY_BYTES


def test_a_request_blocked_by_the_web_acl_gets_a_problem_document(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """A custom response of WAF would replace API Gateway's, which contains an id."""
    template = synthesize_api(make_stack, with_environment(config, "dev", waf=True))
    assert "CustomResponse" not in json.dumps(firewall(template))
    (answer,) = [
        response["Properties"]
        for response in template.find_resources("AWS::ApiGateway::GatewayResponse").values()
        if response["Properties"]["ResponseType"] == "WAF_FILTERED"
    ]
    problem = json.loads(answer["ResponseTemplates"]["application/json"])
    assert Problem.model_validate(problem).type == "urn:problem-type:forbidden"


def test_every_gateway_response_is_a_problem_document(template: Template) -> None:
    responses = [
        found["Properties"]
        for found in template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    ]
    assert {response["ResponseType"] for response in responses} == {
        getattr(apigateway.ResponseType, name).response_type
        for name in dir(apigateway.ResponseType)
        if name.isupper()
    }
    for response in responses:
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        assert str(problem["status"]) == response["StatusCode"]
        assert problem["correlation_id"] == "$context.extendedRequestId"
        assert "$context.requestId" not in json.dumps(response)
        headers = response["ResponseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.X-Correlation-Id"] == "context.extendedRequestId"


def test_gateway_responses_have_the_problem_types_of_the_service() -> None:
    known = {
        (error.status, error.code, error.title)
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.ServiceError)
    }
    types = {
        (resource_type.status, resource_type.code, resource_type.title)
        for resource_type, _ in REFUSALS.values()
    }
    # Only the gateway returns these.
    theirs = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.GATEWAY_TIMEOUT}
    assert {each for each in types - known if each[0] not in theirs} == set()


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        (("https://a.example",), "'https://a.example'"),
        (("https://a.example", "https://b.example"), "'*'"),
    ],
)
def test_with_cors_browsers_may_call_the_api(
    origins: tuple[str, ...], allowed: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize_api(
        make_stack, with_environment(config, "dev", cors_allow_origins=origins)
    )
    assert {"OPTIONS things", "OPTIONS {id}", "OPTIONS health"} <= set(methods(template))
    for response in template.find_resources("AWS::ApiGateway::GatewayResponse").values():
        headers = response["Properties"]["ResponseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == allowed
    for function in template.find_resources("AWS::Lambda::Function").values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["CORS_ALLOW_ORIGINS"] == ",".join(origins)


def test_a_preflight_allows_headers_of_routes_and_of_signing_clients(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    cors = {"cors_allow_origins": ("https://a.example",), "cors_allow_headers": ("x-mine", "x-key")}
    template = synthesize_api(make_stack, with_environment(config, "dev", **cors))
    allowed = {
        response["ResponseParameters"]["method.response.header.Access-Control-Allow-Headers"]
        for name, method in methods(template).items()
        if name.startswith("OPTIONS")
        for response in method["Integration"]["IntegrationResponses"]
    }
    (names,) = (value.strip("'").lower().split(",") for value in allowed)
    assert len(names) == len(set(names))
    # The headers that Amplify and the SDK for JavaScript send.
    assert {"x-key", "x-mine"} < set(names)
    assert {
        "authorization", "content-type", "idempotency-key", "x-correlation-id",
        "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-content-sha256", "x-amz-date",
        "x-amz-security-token", "x-amz-user-agent",
    } < set(names)  # fmt: skip


def preflights(make_stack: MakeStack, config: ServiceConfig, *origins: str) -> list[dict[str, Any]]:
    environment = with_environment(config, "dev", cors_allow_origins=origins)
    return [
        method["Integration"]
        for name, method in methods(synthesize_api(make_stack, environment)).items()
        if name.startswith("OPTIONS")
    ]


def test_a_preflight_with_another_media_type_is_not_a_server_error(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """https://github.com/aws/aws-cdk/issues/18297."""
    for integration in preflights(make_stack, config, "https://a.example"):
        assert integration["PassthroughBehavior"] == "NEVER"


def test_a_preflight_compares_origins_exactly(make_stack: MakeStack, config: ServiceConfig) -> None:
    """https://github.com/aws/aws-cdk/issues/26623 and /30453."""
    for integration in preflights(make_stack, config, "https://a.example", "https://b.example"):
        (response,) = integration["IntegrationResponses"]
        template = response["ResponseTemplates"]["application/json"]
        assert '$origin == "https://b.example"' in template
        assert "Access-Control-Allow-Origin = $origin" in template
        assert "matches" not in template


def test_a_changed_gateway_response_makes_a_deployment(
    make_stack: MakeStack, config: ServiceConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://github.com/aws/aws-cdk/issues/10963."""
    resource_type = "AWS::ApiGateway::Deployment"
    before = synthesize_api(make_stack, config).find_resources(resource_type)
    monkeypatch.setitem(REFUSALS, "THROTTLED", (TOO_MANY_REQUESTS, "Changed."))
    after = synthesize_api(make_stack, config).find_resources(resource_type)
    assert set(before) != set(after)


def test_without_cors_there_are_no_preflight_methods(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize_api(make_stack, with_environment(config, "dev", cors_allow_origins=()))
    assert not [name for name in methods(template) if name.startswith("OPTIONS")]
    assert "Access-Control" not in json.dumps(template.to_json())


def test_the_api_has_alarms(template: Template) -> None:
    for metric in ("5XXError", "Latency"):
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm", {"Namespace": "AWS/ApiGateway", "MetricName": metric}
        )


def test_a_changed_schema_makes_a_deployment(
    make_stack: MakeStack, config: ServiceConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = synthesize_api(make_stack, config).find_resources("AWS::ApiGateway::Deployment")
    monkeypatch.setattr(Thing, "__doc__", "Changed.")
    Thing.model_rebuild(force=True)
    after = synthesize_api(make_stack, config).find_resources("AWS::ApiGateway::Deployment")
    assert set(before) != set(after)


def test_a_function_time_out_above_the_integration_time_out_is_rejected(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    with pytest.raises(ValueError, match="behind an API, at most 28 s"):
        synthesize_api(make_stack, config, timeout=Duration.seconds(29))


def routes_of_another_stack(
    make_stack: MakeStack, config: ServiceConfig, *paths: str
) -> tuple[Template, Template]:
    """Return the templates of an API and of another stack with the functions of its routes."""
    stack, environment = make_stack("dev", config)
    api = RestApi(stack, "Api")
    other = ServiceStack(
        cast("Stage", stack.node.scope), "things", environment=environment, description="Things"
    )
    for number, path in enumerate(paths):
        function = Function(
            other,
            f"Thing{number}",
            handler="service.handlers.sample.handler",
            memory_mb=256,
            timeout=Duration.seconds(5),
        )
        api.add_route(f"GET {path}", function, responses={200: Thing})
    return Template.from_stack(stack), Template.from_stack(other)


def test_a_route_may_call_a_function_of_another_stack(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template, other = routes_of_another_stack(make_stack, config, "/things", "/things/{id}")
    (deployment,) = template.find_resources("AWS::ApiGateway::Deployment").values()
    permissions = template.find_resources("AWS::Lambda::Permission")
    # The deployment waits for all parts of its routes.
    assert set(deployment["DependsOn"]) >= {
        *permissions,
        *template.find_resources("AWS::ApiGateway::Method"),
    }
    for permission in permissions.values():
        assert "Fn::GetStackOutput" in permission["Properties"]["FunctionName"]
    arns = [json.dumps(found["Properties"]["SourceArn"]) for found in permissions.values()]
    assert all("/v1/GET/things" in arn for arn in arns)
    assert sum("/v1/GET/things/*" in arn for arn in arns) == 1
    # The API imports nothing from the function's stack, so that a function and its route can be
    # removed. The exports stay for APIs that were deployed before.
    assert "things:Exports" not in json.dumps(template.to_json())
    outputs = other.to_json()["Outputs"].values()
    assert len(outputs) == 4
    assert sum("Export" in output for output in outputs) == 2


def test_a_changed_route_of_another_stack_makes_a_deployment(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    one, _ = routes_of_another_stack(make_stack, config, "/things")
    two, _ = routes_of_another_stack(make_stack, config, "/things", "/things/{id}")
    resource_type = "AWS::ApiGateway::Deployment"
    assert set(one.find_resources(resource_type)) != set(two.find_resources(resource_type))


def test_operation_names_are_unique(make_stack: MakeStack, config: ServiceConfig) -> None:
    stack, _ = make_stack("dev", config)
    api = RestApi(stack, "Api")
    function = Function(
        stack,
        "Thing",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_route("PUT /things/{id}", function, body=Thing, responses={200: Thing})
    api.add_route("PATCH /things/{id}", function, body=Thing, responses={200: Thing})
    api.add_route("GET /things", function, responses={200: Thing}, operation="ListThings")
    assert [route.operation for route in api.routes] == ["Thing", "Thing2", "ListThings"]
    with pytest.raises(ArgumentError, match="another route has the operation 'ListThings'"):
        api.add_route("GET /all", function, responses={200: Thing}, operation="ListThings")


@pytest.mark.parametrize("cors", [(), ("https://shop.example",)])
def test_conflicting_routes_are_rejected(
    make_stack: MakeStack, config: ServiceConfig, cors: tuple[str, ...]
) -> None:
    stack, _ = make_stack("dev", with_environment(config, "dev", cors_allow_origins=cors))
    api = RestApi(stack, "Api")
    function = function_named(stack, "Thing")
    api.add_route("GET /things/{id}", function, responses={200: Thing})
    with pytest.raises(ArgumentError, match=r"the route GET /things/{id} already exists$"):
        api.add_route("GET /things/{id}", function, responses={200: Thing})
    for path in ("/things/{number}", "/things/{number}/parts", "/things/{all+}"):
        with pytest.raises(ArgumentError, match=r"another route has {id}: write {id}"):
            api.add_route(f"PUT {path}", function, responses={200: Thing})
    for route in ("GET /things/new", "GET /things/{id}/{part}", "PUT /things/{id}", "GET /{name}"):
        api.add_route(route, function, responses={200: Thing})


def function_named(stack: ServiceStack, name: str) -> Function:
    return Function(
        stack,
        name,
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )


def add_webhook(
    stack: ServiceStack, route: str = "POST /webhooks/payments", time_to_live: str | None = "ttl"
) -> RestApi:
    api = RestApi(stack, "Api")
    api.add_webhook(
        route,
        function_named(stack, "Receive"),
        secret=GeneratedSecret(stack, "Shared", description="Signs payments"),
        deliveries=Table(
            stack, "Records", partition_key="pk", sort_key="sk", time_to_live=time_to_live
        ),
    )
    return api


@pytest.mark.parametrize("authentication", ["iam", "cognito"])
def test_a_webhook_route_is_public_and_passes_the_body_unchanged(
    make_stack: MakeStack, config: ServiceConfig, authentication: str
) -> None:
    stack, _ = make_stack("dev", with_authentication(config, authentication))
    api = add_webhook(stack)
    [route] = api.routes
    # A user pool's authorizer needs a route that uses it.
    api.add_route("GET /things", function_named(stack, "GetThing"), responses={200: None})
    assert (route.public, route.signed, route.body) == (True, True, None)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": "POST",
            "AuthorizationType": "NONE",
            "AuthorizerId": Match.absent(),
            # A model would reject a body before its signature is verified.
            "RequestModels": Match.exact({}),
            "Integration": Match.object_like({"Type": "AWS_PROXY"}),
        },
    )
    # Binary media types would change the bodies of all routes.
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi", {"BinaryMediaTypes": Match.absent()}
    )


def test_a_webhook_function_may_read_the_secret_and_store_deliveries(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_webhook(stack)
    template = Template.from_stack(stack)
    [function] = template.find_resources("AWS::Lambda::Function").values()
    variables = function["Properties"]["Environment"]["Variables"]
    assert variables["WEBHOOK_SECRET_ARN"] == {"Fn::GetAtt": ["Shared", "Id"]}
    [before, name, after] = variables["DELIVERIES_TABLE"]["Fn::Join"][1]
    assert name == {"Ref": "Records"}
    assert json.loads(f"{before}records{after}") == {
        "table": "records",
        "partition_key": "pk",
        "sort_key": "sk",
        "time_to_live": "ttl",
        "days": 30,
    }
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    actions = [each["Action"] for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    single = {each for each in actions if isinstance(each, str)}
    assert single == {"secretsmanager:GetSecretValue", "dynamodb:UpdateItem"}


def test_an_invalid_webhook_is_rejected(make_stack: MakeStack) -> None:
    with pytest.raises(ArgumentError, match="a webhook is a POST, not 'GET /webhooks'"):
        add_webhook(make_stack()[0], "GET /webhooks")
    with pytest.raises(ArgumentError, match="pass time_to_live, since deliveries expire"):
        add_webhook(make_stack()[0], time_to_live=None)
