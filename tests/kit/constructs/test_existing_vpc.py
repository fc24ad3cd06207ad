import json
from typing import Any

import pytest
from aws_cdk import Duration, Stage
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.config.connections import ExistingVpc
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.vpc import Vpc
from aws_service_kit.testing.synthesis import MakeStack, with_environment

SUBNETS = ["subnet-0a1b2c3d", "subnet-0a1b2c3e", "subnet-0a1b2c3f"]
GROUP = "sg-0a1b2c3d"


def synthesize(
    make_stack: MakeStack,
    config: ServiceConfig,
    *,
    group: str | None = None,
    **options: Any,  # noqa: ANN401 (Function's)
) -> tuple[Template, Template]:
    """Return a network's stack and a stack with a function that sends to a queue."""
    existing = ExistingVpc(
        id="vpc-0a1b2c3d", subnet_ids=tuple(SUBNETS), security_group_id=group, endpoints=("sqs",)
    )
    network, environment = make_stack("prod", with_environment(config, "prod", vpc=existing))
    stage = network.node.scope
    assert isinstance(stage, Stage)
    Vpc(network, "Network", cidr="10.0.0.0/20")
    functions = ServiceStack(stage, "functions", environment=environment, description="A function")
    Function(
        functions,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
        **options,
    ).allow(
        "Send", actions=["sqs:SendMessage"], resources=["arn:aws:sqs:sa-east-1:333333333333:jobs"]
    )
    stage.synth()
    return Template.from_stack(network), Template.from_stack(functions)


def resource_types(template: Template) -> list[str]:
    return [body["Type"] for body in template.to_json().get("Resources", {}).values()]


def test_only_a_security_group_is_created(make_stack: MakeStack, config: ServiceConfig) -> None:
    network, functions = synthesize(make_stack, config)
    assert resource_types(network) == ["AWS::EC2::SecurityGroup"]
    network.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "VpcId": "vpc-0a1b2c3d",
            "SecurityGroupIngress": Match.absent(),
            "SecurityGroupEgress": [Match.object_like({"FromPort": 443, "ToPort": 443})],
        },
    )
    functions.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "VpcConfig": {
                "SubnetIds": SUBNETS,
                "SecurityGroupIds": [{"Fn::ImportValue": Match.any_value()}],
            }
        },
    )


def test_with_an_existing_security_group_nothing_is_created(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    network, functions = synthesize(make_stack, config, group=GROUP)
    assert resource_types(network) == []
    functions.has_resource_properties(
        "AWS::Lambda::Function",
        {"VpcConfig": {"SubnetIds": SUBNETS, "SecurityGroupIds": [GROUP]}},
    )


def test_lambda_may_manage_network_interfaces(make_stack: MakeStack, config: ServiceConfig) -> None:
    _, functions = synthesize(make_stack, config)
    assert "ec2:CreateNetworkInterface" in json.dumps(functions.find_resources("AWS::IAM::Role"))


def test_a_function_can_be_outside_of_the_vpc(make_stack: MakeStack, config: ServiceConfig) -> None:
    _, functions = synthesize(make_stack, config, in_vpc=False)
    functions.has_resource_properties("AWS::Lambda::Function", {"VpcConfig": Match.absent()})


def test_services_without_an_endpoint_are_allowed(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    existing = ExistingVpc(id="vpc-0a1b2c3d", subnet_ids=tuple(SUBNETS))
    stack, _ = make_stack("prod", with_environment(config, "prod", vpc=existing))
    vpc = Vpc(stack, "Network", cidr="10.0.0.0/20")
    function = Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    vpc.add_endpoints_for(function, ["ce:GetCostAndUsage"])
    Template.from_stack(stack).resource_count_is("AWS::EC2::VPCEndpoint", 0)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_only_the_configured_environment_uses_the_existing_vpc(
    environment: Any,  # noqa: ANN401 (a name of an environment)
    make_stack: MakeStack,
    config: ServiceConfig,
) -> None:
    existing = ExistingVpc(id="vpc-0a1b2c3d", subnet_ids=tuple(SUBNETS))
    stack, _ = make_stack(environment, with_environment(config, "prod", vpc=existing))
    Vpc(stack, "Network", cidr="10.0.0.0/20")
    Template.from_stack(stack).resource_count_is("AWS::EC2::VPC", int(environment == "dev"))
