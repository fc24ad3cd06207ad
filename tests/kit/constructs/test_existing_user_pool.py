from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.config.connections import ExistingUserPool
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import Function
from aws_service_kit.testing.synthesis import MakeStack, with_authentication, with_environment

ARN = "arn:aws:cognito-idp:sa-east-1:333333333333:userpool/sa-east-1_AbCdEf123"
ELSEWHERE = ARN.replace("333333333333", "444444444444")


@pytest.fixture
def synthesize(make_stack: MakeStack, config: ServiceConfig) -> Any:  # noqa: ANN401 (a function)
    def make(authentication: str = "cognito", arn: str = ARN, **settings: str) -> Template:
        changed = with_environment(
            with_authentication(config, authentication),
            "prod",
            user_pool=ExistingUserPool(arn=arn, **settings),
        )
        stack, _ = make_stack("prod", changed)
        api = RestApi(stack, "Api")
        for name, path in (("Get", "things"), ("Health", "health")):
            function = Function(
                stack,
                name,
                handler="service.handlers.sample.handler",
                memory_mb=256,
                timeout=Duration.seconds(5),
            )
            api.add_route(f"GET /{path}", function, responses={200: None}, public=name == "Health")
        return Template.from_stack(stack)

    return make


def test_the_authorizer_uses_the_existing_pool(synthesize: Any) -> None:  # noqa: ANN401
    template = synthesize()
    template.resource_count_is("AWS::Cognito::UserPool", 0)
    template.has_resource_properties("AWS::ApiGateway::Authorizer", {"ProviderARNs": [ARN]})
    template.has_output("UserPoolId", {"Value": "sa-east-1_AbCdEf123"})


def test_the_app_client_has_the_settings_of_one_in_a_new_pool(
    synthesize: Any,  # noqa: ANN401
    make_stack: MakeStack,
    config: ServiceConfig,
) -> None:
    stack, _ = make_stack("prod", with_authentication(config, "cognito"))
    function = Function(
        stack,
        "Get",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    RestApi(stack, "Api").add_route("GET /x", function, responses={200: None})
    resource_type = "AWS::Cognito::UserPoolClient"
    (new,) = Template.from_stack(stack).find_resources(resource_type).items()
    (existing,) = synthesize().find_resources(resource_type).items()
    assert existing[0] == new[0] == "ApiUsersClient"
    assert existing[1]["Properties"].pop("UserPoolId") == "sa-east-1_AbCdEf123"
    assert new[1]["Properties"].pop("UserPoolId") == {"Ref": "ApiUsers"}
    assert existing[1]["Properties"] == new[1]["Properties"]


def test_an_existing_app_client_can_be_configured(synthesize: Any) -> None:  # noqa: ANN401
    template = synthesize(client_id="1a2b3c")
    template.resource_count_is("AWS::Cognito::UserPoolClient", 0)
    template.has_output("UserPoolClientId", {"Value": "1a2b3c"})


@pytest.mark.parametrize(("arn", "servers"), [(ARN, 1), (ELSEWHERE, 0)])
def test_a_scope_is_required_in_access_tokens(arn: str, servers: int, synthesize: Any) -> None:  # noqa: ANN401
    """In a pool of another account, the owner of the pool creates the resource server."""
    template = synthesize(arn=arn, client_id="1a2b3c", scope="use")
    resource_type = "AWS::Cognito::UserPoolResourceServer"
    template.resource_count_is(resource_type, servers)
    if servers:
        template.has_resource_properties(
            resource_type,
            {
                "Identifier": "payments-prod",
                "Scopes": [Match.object_like({"ScopeName": "use"})],
                "UserPoolId": "sa-east-1_AbCdEf123",
            },
        )
    methods = template.find_resources("AWS::ApiGateway::Method").values()
    scopes = {
        method["Properties"]["AuthorizationType"]: method["Properties"].get("AuthorizationScopes")
        for method in methods
    }
    assert scopes == {"COGNITO_USER_POOLS": ["payments-prod/use"], "NONE": None}


def test_without_a_scope_id_tokens_are_accepted(synthesize: Any) -> None:  # noqa: ANN401
    template = synthesize()
    template.resource_count_is("AWS::Cognito::UserPoolResourceServer", 0)
    template.all_resources_properties(
        "AWS::ApiGateway::Method", {"AuthorizationScopes": Match.absent()}
    )


def test_iam_needs_no_pool(synthesize: Any) -> None:  # noqa: ANN401
    template = synthesize(authentication="iam")
    template.resource_count_is("AWS::ApiGateway::Authorizer", 0)
    template.resource_count_is("AWS::Cognito::UserPoolClient", 0)
