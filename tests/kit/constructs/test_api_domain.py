from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.config.connections import ApiDomain
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.function import Function
from aws_service_kit.testing.synthesis import (
    MakeStack,
    with_authentication,
    with_environment,
)

ZONE = {"zone_id": "Z0123456789ABC", "zone_name": "example.com"}
CERTIFICATE = "arn:aws:acm:sa-east-1:111111111111:certificate/0a1b2c3d-0000-1111-2222-333344445555"
TYPES = {
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::CertificateManager::Certificate",
    "AWS::Route53::RecordSet",
}
POLICY = {
    "EndpointAccessMode": "STRICT",
    "SecurityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
}


def synthesize(
    make_stack: MakeStack,
    config: ServiceConfig,
    name: str | None = None,
    **settings: Any,  # noqa: ANN401 (ApiDomain's)
) -> Template:
    if name is not None:
        domain = ApiDomain(name=name, **(settings or ZONE))
        config = with_environment(config, "dev", domain=domain)
    stack, _ = make_stack("dev", config)
    api = RestApi(stack, "Api")
    function = Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_route("GET /things", function, responses={200: None})
    return Template.from_stack(stack)


def made(template: Template) -> dict[str, str]:
    """Give the logical id of everything that a domain needs, by type."""
    found = template.to_json()["Resources"].items()
    return {body["Type"]: name for name, body in found if body["Type"] in TYPES}


@pytest.mark.parametrize("name", ["orders.example.com", "dev.orders.example.com", "example.com"])
@pytest.mark.parametrize("authentication", ["iam", "cognito"])
def test_the_zone_proves_the_domain_and_leads_to_the_api(
    name: str, authentication: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, with_authentication(config, authentication), name)
    assert made(template) == {
        "AWS::ApiGateway::BasePathMapping": "ApiDomainMapping",
        "AWS::ApiGateway::DomainName": "ApiDomain",
        "AWS::CertificateManager::Certificate": "ApiDomainCertificate",
        "AWS::Route53::RecordSet": "ApiDomainRecord",
    }
    template.has_resource_properties(
        "AWS::CertificateManager::Certificate",
        {
            "DomainName": name,
            "DomainValidationOptions": [{"DomainName": name, "HostedZoneId": "Z0123456789ABC"}],
            "ValidationMethod": "DNS",
        },
    )
    template.has_resource_properties(
        "AWS::ApiGateway::DomainName",
        {
            **POLICY,
            "DomainName": name,
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
            "RegionalCertificateArn": {"Ref": "ApiDomainCertificate"},
        },
    )
    template.has_resource_properties(
        "AWS::Route53::RecordSet",
        {
            "Name": f"{name}.",
            "HostedZoneId": "Z0123456789ABC",
            "Type": "A",
            "AliasTarget": {
                "DNSName": {"Fn::GetAtt": ["ApiDomain", "RegionalDomainName"]},
                "HostedZoneId": {"Fn::GetAtt": ["ApiDomain", "RegionalHostedZoneId"]},
            },
        },
    )
    template.has_output("ApiUrl", {"Value": f"https://{name}/"})


def test_the_api_answers_at_its_domain_only_with_one_security_policy(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, config, "orders.example.com")
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi", {**POLICY, "DisableExecuteApiEndpoint": True}
    )


def test_the_mapping_waits_for_the_stage(make_stack: MakeStack, config: ServiceConfig) -> None:
    """Else API Gateway knows no such stage: aws/serverless-application-model#192."""
    template = synthesize(make_stack, config, "orders.example.com", base_path="orders", **ZONE)
    (stage,) = template.find_resources("AWS::ApiGateway::Stage")
    template.has_resource_properties(
        "AWS::ApiGateway::BasePathMapping",
        {"BasePath": "orders", "DomainName": {"Ref": "ApiDomain"}, "Stage": {"Ref": stage}},
    )
    template.has_output("ApiUrl", {"Value": "https://orders.example.com/orders/"})


def test_without_a_path_the_mapping_is_the_domains_root(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """An empty text is no path to API Gateway: aws/aws-cdk#9581."""
    template = synthesize(make_stack, config, "orders.example.com")
    template.has_resource_properties(
        "AWS::ApiGateway::BasePathMapping", {"BasePath": Match.absent()}
    )


def test_a_certificate_needs_no_zone(make_stack: MakeStack, config: ServiceConfig) -> None:
    template = synthesize(make_stack, config, "orders.example.org", certificate_arn=CERTIFICATE)
    assert made(template).keys() == {
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::DomainName",
    }
    template.has_resource_properties(
        "AWS::ApiGateway::DomainName", {"RegionalCertificateArn": CERTIFICATE}
    )
    # What the record elsewhere points to.
    template.has_output(
        "ApiDomainTarget", {"Value": {"Fn::GetAtt": ["ApiDomain", "RegionalDomainName"]}}
    )


def test_a_certificate_and_a_zone_give_a_record(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(
        make_stack, config, "orders.example.com", certificate_arn=CERTIFICATE, **ZONE
    )
    assert made(template).keys() == TYPES - {"AWS::CertificateManager::Certificate"}


def deployment(template: Template) -> str:
    (logical_id,) = template.find_resources("AWS::ApiGateway::Deployment")
    return logical_id


def test_switching_the_default_endpoint_off_makes_a_deployment(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """Only by a deployment does API Gateway carry it out; the domain itself needs none."""
    without = synthesize(make_stack, config)
    name = "orders.example.com"
    both = synthesize(make_stack, config, name, keep_default_endpoint=True, **ZONE)
    alone = synthesize(make_stack, config, name)
    assert deployment(without) == deployment(both) != deployment(alone)
    both.has_resource_properties(
        "AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": Match.absent()}
    )


def test_without_a_domain_there_is_nothing_of_one(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, config)
    assert made(template) == {}
    assert "ApiDomainTarget" not in template.to_json()["Outputs"]


def test_only_one_api_has_the_domain(make_stack: MakeStack, config: ServiceConfig) -> None:
    domain = ApiDomain.model_validate({"name": "orders.example.com", **ZONE})
    stack, _ = make_stack("dev", with_environment(config, "dev", domain=domain))
    RestApi(stack, "Api")
    second = RestApi(stack, "Internal", custom_domain=False)
    assert second.domain is None
    with pytest.raises(ArgumentError, match=r"Third/Domain: .*: use custom_domain=False"):
        RestApi(stack, "Third")
