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


def domain_resources(template: Template) -> dict[str, str]:
    """Return the logical ids of a domain's resources, by type."""
    found = template.to_json()["Resources"].items()
    return {body["Type"]: name for name, body in found if body["Type"] in TYPES}


@pytest.mark.parametrize("name", ["orders.example.com", "dev.orders.example.com", "example.com"])
@pytest.mark.parametrize("authentication", ["iam", "cognito"])
def test_the_zone_validates_the_certificate_and_points_to_the_api(
    name: str, authentication: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, with_authentication(config, authentication), name)
    assert domain_resources(template) == {
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


def test_the_default_endpoint_is_off_and_the_security_policy_is_the_same(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, config, "orders.example.com")
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi", {**POLICY, "DisableExecuteApiEndpoint": True}
    )


def test_the_mapping_waits_for_the_stage(make_stack: MakeStack, config: ServiceConfig) -> None:
    """Otherwise the stage might not exist yet: aws/serverless-application-model#192."""
    template = synthesize(make_stack, config, "orders.example.com", base_path="orders", **ZONE)
    (stage,) = template.find_resources("AWS::ApiGateway::Stage")
    template.has_resource_properties(
        "AWS::ApiGateway::BasePathMapping",
        {"BasePath": "orders", "DomainName": {"Ref": "ApiDomain"}, "Stage": {"Ref": stage}},
    )
    template.has_output("ApiUrl", {"Value": "https://orders.example.com/orders/"})


def test_without_a_path_the_mapping_has_no_base_path(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """API Gateway rejects an empty path: aws/aws-cdk#9581."""
    template = synthesize(make_stack, config, "orders.example.com")
    template.has_resource_properties(
        "AWS::ApiGateway::BasePathMapping", {"BasePath": Match.absent()}
    )


def test_a_certificate_needs_no_zone(make_stack: MakeStack, config: ServiceConfig) -> None:
    template = synthesize(make_stack, config, "orders.example.org", certificate_arn=CERTIFICATE)
    assert domain_resources(template).keys() == {
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::DomainName",
    }
    template.has_resource_properties(
        "AWS::ApiGateway::DomainName", {"RegionalCertificateArn": CERTIFICATE}
    )
    # The target of the team's DNS record.
    template.has_output(
        "ApiDomainTarget", {"Value": {"Fn::GetAtt": ["ApiDomain", "RegionalDomainName"]}}
    )


def test_a_zone_with_a_certificate_makes_only_the_dns_record(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(
        make_stack, config, "orders.example.com", certificate_arn=CERTIFICATE, **ZONE
    )
    assert domain_resources(template).keys() == TYPES - {"AWS::CertificateManager::Certificate"}


def deployment(template: Template) -> str:
    (logical_id,) = template.find_resources("AWS::ApiGateway::Deployment")
    return logical_id


def test_disabling_the_default_endpoint_makes_a_deployment(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """API Gateway applies this only with a new deployment. The domain itself needs none."""
    without = synthesize(make_stack, config)
    name = "orders.example.com"
    both = synthesize(make_stack, config, name, keep_default_endpoint=True, **ZONE)
    alone = synthesize(make_stack, config, name)
    assert deployment(without) == deployment(both) != deployment(alone)
    both.has_resource_properties(
        "AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": Match.absent()}
    )


def test_without_a_domain_there_are_no_domain_resources(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    template = synthesize(make_stack, config)
    assert domain_resources(template) == {}
    assert "ApiDomainTarget" not in template.to_json()["Outputs"]


def test_only_one_api_has_the_domain(make_stack: MakeStack, config: ServiceConfig) -> None:
    domain = ApiDomain.model_validate({"name": "orders.example.com", **ZONE})
    stack, _ = make_stack("dev", with_environment(config, "dev", domain=domain))
    RestApi(stack, "Api")
    second = RestApi(stack, "Internal", custom_domain=False)
    assert second.domain is None
    with pytest.raises(ArgumentError, match=r"Third/Domain: .*: use custom_domain=False"):
        RestApi(stack, "Third")
