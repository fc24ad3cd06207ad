"""An API with a hundred routes, in stacks within CloudFormation's quotas."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests import exhaustive
from tests.conftest import Render
from tests.documented_steps import lessons
from tests.kernel import imported_from, synthesize, templates
from tests.programs import ROOT

GUIDE = ROOT / "template" / "kit" / "guides" / "many-routes.md"
STACKS = Path("infrastructure", "stacks")
PARTS = 5
THINGS_OF_A_PART = 4
# Five routes with two paths, as for most resources of an API. There are 20 in each stack.
PART = """
from aws_cdk import Duration

from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from service.handlers.contract import HealthView, SubmitRequest

ROUTES = (
    ("List", "GET", ""), ("Add", "POST", ""),
    ("Get", "GET", "/{{id}}"), ("Put", "PUT", "/{{id}}"), ("Delete", "DELETE", "/{{id}}"),
)


class PartStack(ServiceStack):
    def __init__(self, stage, environment, *, api: RestApi, records: Table):
        super().__init__(stage, "part{part}", environment=environment, description="Things")
        for number in range({things}):
            for name, method, path in ROUTES:
                function = Function(
                    self,
                    f"{{name}}{{number}}",
                    handler="service.handlers.health.handler",
                    memory_mb=256,
                    timeout=Duration.seconds(5),
                    environment={{"TABLE_NAME": records.name}},
                )
                records.grant(function, "dynamodb:Query")
                api.add_route(
                    f"{{method}} /things-{part}-{{number}}{{path}}",
                    function,
                    body=SubmitRequest if method in ("POST", "PUT") else None,
                    responses={{200: HealthView}},
                )
"""
# The configuration with the most resources in the stack of the API.
TEAM = """
[environments.prod]
cors_allow_origins = ["https://shop.example"]
"""


def test_the_documented_stack_for_new_routes_synthesizes(render: Render, tmp_path: Path) -> None:
    service = render({"stacks": ["api", "monitoring"]})
    for lesson in lessons(GUIDE.read_text(encoding="utf-8")):
        lesson.apply(service)

    assembly = synthesize(service, tmp_path, environments=("prod",))

    assert assembly.violations == []
    assert any("catalogue" in name for name in assembly.resources)


@pytest.fixture(scope="module")
def many(render: Render, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The synthesis of prod with a hundred more routes, without the rule packs."""
    service = render({"stacks": ["api", "monitoring"]})
    for part in range(PARTS):
        source = PART.format(part=part, things=THINGS_OF_A_PART)
        (service / STACKS / f"part{part}.py").write_text(source, encoding="utf-8")
    (service / "infrastructure/config/team.toml").write_text(TEAM, encoding="utf-8")
    outdir = tmp_path_factory.mktemp("assembly")
    with imported_from(service):
        config = import_module("aws_service_kit.config").load()
        application = import_module("aws_service_kit.app.synthesis")
        app = application.empty_app(outdir, validation=False)
        prod = config.environments["prod"]
        bundle = service / "src" / "service" / "domain"
        _, made = application.build_stage(app, config=config, settings=prod, bundle=bundle)
        app.synth()
        document = import_module("aws_service_kit.app.openapi").document(
            config, made.apis[0].routes
        )
        return {
            "quotas": import_module("aws_service_kit.app.quotas").QUOTAS,
            "document": document,
            "templates": [template for _, template in templates(outdir)],
        }


@exhaustive.MARK
def test_a_hundred_routes_are_within_the_quotas(many: dict[str, Any]) -> None:
    for template in many["templates"]:
        assert len(template["Resources"]) < many["quotas"]["resources"]
        assert len(template.get("Outputs", {})) < many["quotas"]["outputs"]
    methods = [
        resource
        for template in many["templates"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Method"
        and resource["Properties"]["HttpMethod"] != "OPTIONS"
    ]
    assert len(methods) == PARTS * THINGS_OF_A_PART * 5 + 4


@exhaustive.MARK
def test_a_hundred_operations_have_unique_names(many: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for operations in many["document"]["paths"].values()
        for operation in operations.values()
    ]
    assert len(set(names)) == len(names) == PARTS * THINGS_OF_A_PART * 5 + 4


@exhaustive.MARK
def test_the_deployment_depends_on_every_route(many: dict[str, Any]) -> None:
    (api,) = (
        template
        for template in many["templates"]
        if any(one["Type"] == "AWS::ApiGateway::RestApi" for one in template["Resources"].values())
    )
    (deployment,) = (
        resource
        for resource in api["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Deployment"
    )
    methods = {
        name
        for name, resource in api["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Method"
    }
    assert methods <= set(deployment["DependsOn"])
