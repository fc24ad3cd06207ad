"""Only production has a domain, an existing VPC and an existing user pool."""

import json
from datetime import date
from pathlib import Path

import pytest
from aws_service_kit.app import openapi
from aws_service_kit.app.preview import preview_environment
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import ENVIRONMENT_NAMES, ConfigError, EnvironmentName, ServiceConfig
from aws_service_kit.config.connections import ApiDomain, ExistingUserPool, ExistingVpc
from aws_service_kit.config.schema import PreviewsSection
from aws_service_kit.controls.catalog.cdk import Tagged
from aws_service_kit.controls.catalog.data import Endpoints, InTransit
from aws_service_kit.controls.catalog.permissions import Documented, NetworkInterfaces
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.flows import http
from aws_service_kit.docs.architecture.tables import environments
from aws_service_kit.local.app import local_environment
from aws_service_kit.testing import checks
from aws_service_kit.testing.suites.infrastructure import stacks as suite
from aws_service_kit.testing.synthesis import (
    MakeStacks,
    Synthesized,
    synthesize,
    with_authentication,
    with_environment,
    without_key,
)

from kit.app.test_network import FUNCTIONS, NETWORK

API = """
from aws_cdk import Duration
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("api",)
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "api", environment=service, description="An API")
    service.api = RestApi(stack, "Api")
    function = Function(
        stack,
        "Health",
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    service.api.add_route("GET /things", function, responses={200: None})
    return stack
"""
DOMAIN = ApiDomain(name="example.com", zone_id="Z0123456789ABC", zone_name="example.com")
VPC = ExistingVpc(
    id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d", "subnet-0a1b2c3e"), endpoints=("sqs",)
)
CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/0a1b2c3d-0000-1111-2222-333344445555"
TEAM = """
[environments.prod.vpc]
id = "vpc-0a1b2c3d"
subnet_ids = ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
endpoints = [{}]
"""


def pool(config: ServiceConfig, name: EnvironmentName = "prod") -> ExistingUserPool:
    region = config.environments[name].region
    return ExistingUserPool(
        arn=f"arn:aws:cognito-idp:{region}:111111111111:userpool/{region}_AbCdEf123",
        client_id="1a2b3c",
        scope="use",
    )


def connected(config: ServiceConfig, name: EnvironmentName = "prod") -> ServiceConfig:
    config = without_key(with_authentication(config, "cognito"))
    return with_environment(config, name, domain=DOMAIN, vpc=VPC, user_pool=pool(config, name))


@pytest.fixture(scope="module")
def settings(config: ServiceConfig) -> ServiceConfig:
    return connected(config)


@pytest.fixture
def synthesized(
    settings: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> Synthesized:
    """All environments; production has all connections."""
    # tests/test_combinations.py runs the rule packs on such services.
    app = empty_app(tmp_path / "cdk.out", validation=False)
    package = make_stacks(api=API, functions=FUNCTIONS, network=NETWORK)
    for name in ENVIRONMENT_NAMES:
        build_environment(app, config=settings, name=name, bundle=bundle, stacks=package)
    app.synth()
    return Synthesized(tmp_path / "cdk.out", ENVIRONMENT_NAMES)


def test_all_controls_are_compliant(
    synthesized: Synthesized, settings: ServiceConfig, tmp_path: Path
) -> None:
    for control in (Tagged, Documented, InTransit, NetworkInterfaces):
        assert checks.faults(synthesized, control) == [], control.id
    suite.test_stateful_resources_have_the_same_id_in_every_environment(synthesized, settings)
    suite.test_endpoints_exist_only_with_a_network(synthesized, settings)
    made = {resource.kind for resource in synthesized.resources(environment="prod")}
    assert not made & {"AWS::EC2::VPC", "AWS::EC2::VPCEndpoint", "AWS::Cognito::UserPool"}
    assert_endpoints_are_those_of_the_configuration(synthesized.folder, tmp_path)
    assert_the_document_shows_them(synthesized.folder, settings)


def assert_endpoints_are_those_of_the_configuration(assembly: Path, root: Path) -> None:
    team = root / "infrastructure/config/team.toml"
    team.parent.mkdir(parents=True)
    for endpoints, fault in (("", "no endpoint for sqs"), ('"sqs", "s3"', "")):
        team.write_text(TEAM.format(endpoints), encoding="utf-8")
        judged = Endpoints().judge(Evidence(root, date(2026, 12, 1), assembly))
        assert {each.fault for each in judged if each.environment == "prod"} == {"", fault}


def assert_the_document_shows_them(assembly: Path, settings: ServiceConfig) -> None:
    prod = read(assembly, "prod")
    arrows = {(str(flow.source), flow.label) for flow in http.flows(prod)}
    assert any(label == "routes to it" for _, label in arrows)
    table = environments.render(settings, {"prod": prod})
    assert "| Domain of the API | none | none | `example.com` |" in table
    assert "| Existing VPC | none | none | `vpc-0a1b2c3d` |" in table


def test_a_local_environment_has_no_connections(config: ServiceConfig) -> None:
    local = local_environment(connected(config, "dev"))
    assert (local.domain, local.vpc, local.user_pool) == (None, None, None)


def test_previews_in_devs_account_share_its_vpc_and_user_pool(
    config: ServiceConfig,
) -> None:
    settings = connected(config, "dev")
    dev = settings.environments["dev"]
    for account, vpc in ((dev.account, VPC), ("444444444444", None)):
        previews = PreviewsSection(account=account)
        preview = preview_environment(settings.model_copy(update={"previews": previews}), "42")
        assert (preview.domain, preview.vpc) == (None, vpc)
        assert (preview.user_pool is None) is (vpc is None)


@pytest.mark.parametrize(
    ("key", "stack"), [("domain", "api"), ("user_pool", "api"), ("vpc", "vpc")]
)
def test_an_unused_connection_is_rejected(
    key: str,
    stack: str,
    config: ServiceConfig,
    bundle: Path,
    tmp_path: Path,
    make_stacks: MakeStacks,
) -> None:
    values = {"domain": DOMAIN, "user_pool": pool(config), "vpc": VPC}
    only = with_environment(config, "prod", **{key: values[key]})
    stacks = make_stacks(functions=FUNCTIONS)
    message = rf"prod\.{key}: no stack uses it: add the stack {stack}, or remove the key"
    with pytest.raises(ConfigError, match=message):
        synthesize(only, bundle=bundle, outdir=tmp_path, environments=("prod",), stacks=stacks)


def test_an_unused_domain_is_rejected(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    stacks = make_stacks(api=API.replace('(stack, "Api")', '(stack, "Api", custom_domain=False)'))
    only = with_environment(config, "prod", domain=DOMAIN)
    with pytest.raises(ConfigError, match=r"prod\.domain: no stack uses it"):
        synthesize(only, bundle=bundle, outdir=tmp_path, environments=("prod",), stacks=stacks)


def servers(config: ServiceConfig) -> list[str]:
    return [server["url"] for server in openapi.document(config, [])["servers"]]


def test_the_openapi_document_lists_the_domains(config: ServiceConfig) -> None:
    default = servers(config)
    assert len(default) == 1
    dev = ApiDomain(name="dev.example.com", certificate_arn=CERTIFICATE, base_path="orders")
    both = with_environment(with_environment(config, "dev", domain=dev), "prod", domain=DOMAIN)
    assert servers(both) == ["https://example.com", "https://dev.example.com/orders"]
    only_dev = with_environment(config, "dev", domain=dev)
    assert servers(only_dev) == [*default, "https://dev.example.com/orders"]


def test_the_openapi_document_describes_the_token(config: ServiceConfig) -> None:
    document = openapi.document(connected(config), [])
    (scheme,) = document["components"]["securitySchemes"].values()
    assert "access token with the scope `" in scheme["description"]
    assert json.dumps(document)
