"""All functions are in the network if a stack has one."""

import json
from pathlib import Path

from aws_service_kit.config import ServiceConfig
from aws_service_kit.controls.catalog.cdk import Tagged, Wildcards
from aws_service_kit.controls.catalog.data import ThisAccountOnly
from aws_service_kit.controls.catalog.permissions import Documented, NetworkInterfaces
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import MakeStacks, Synthesized, synthesize

NETWORK = """
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.vpc import Vpc

OFFERS = ("vpc",)
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "network", service=service, description="A network")
    service.vpc = Vpc(stack, "Network", service=service, cidr="10.0.0.0/20")
    return stack
"""
# By its name, this stack comes before the network, and it doesn't declare that it requires one.
FUNCTIONS = """
from aws_cdk import Duration
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "functions", service=service, description="Two functions")
    inside, outside = (
        ServiceFunction(
            stack,
            name,
            service=service,
            handler="service.handlers.health.handler",
            memory_mb=256,
            timeout=Duration.seconds(5),
            in_vpc=name == "Inside",
        )
        for name in ("Inside", "Outside")
    )
    Queue(
        stack, "Jobs", service=service, consumer_timeout=Duration.seconds(30)
    ).grant_send(inside)
    Bucket(
        stack, "Files", service=service, expire_after=Duration.days(90)
    ).grant_put(outside, "daily")
    return stack
"""
CARELESS = """
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.network_interfaces import network_interfaces
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ("vpc",)


def build(stage, service):
    stack = ServiceStack(stage, "careless", service=service, description="A careless network")
    vpc = ec2.CfnVPC(stack, "Vpc", cidr_block="10.0.0.0/24")
    ec2.CfnVPCEndpoint(
        stack, "Endpoint", vpc_id=vpc.ref, service_name="com.amazonaws.sa-east-1.s3"
    )
    allow, deny = network_interfaces().to_json()["Statement"]
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        inline_policies={"Network": iam.PolicyDocument.from_json({"Statement": [allow]})},
    )
    reason = "Only to see the checks fail."
    acknowledge(vpc, {"AwsSolutions-VPC7": reason})
    acknowledge(role, {"AwsSolutions-IAM5[Resource::*]": reason})
    return stack
"""


def synthesize_stacks(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks, **sources: str
) -> Synthesized:
    return synthesize(
        config,
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("prod",),
        stacks=make_stacks(**sources),
    )


def test_every_function_is_in_the_network_if_there_is_one(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    synthesized = synthesize_stacks(
        config, bundle, tmp_path, make_stacks, a_functions=FUNCTIONS, network=NETWORK
    )
    assert synthesized.findings("violations") == []
    for control in (
        Tagged,
        Documented,
        Wildcards,
        NetworkInterfaces,
        ThisAccountOnly,
    ):
        assert checks.faults(synthesized, control) == [], control.id
    assert checks.roles_outside_the_path(synthesized) == []
    inside = {
        function.logical_id.partition("Function")[0]
        for function in synthesized.resources("AWS::Lambda::Function")
        if "VpcConfig" in function.properties
    }
    assert inside == {"Inside"}
    endpoints = {
        endpoint.properties["ServiceName"].rpartition(".")[2]
        for endpoint in synthesized.resources("AWS::EC2::VPCEndpoint")
    }
    assert endpoints == {"dynamodb", "s3", "sqs"}


def test_without_a_network_there_are_no_network_resources(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    synthesized = synthesize_stacks(config, bundle, tmp_path, make_stacks, functions=FUNCTIONS)
    assert [found.name for found in synthesized.resources() if "::EC2::" in found.kind] == []
    for function in synthesized.resources("AWS::Lambda::Function"):
        assert "VpcConfig" not in function.properties
    statements = synthesized.evidence.statements
    assert [found for found in statements if "ec2:" in str(found.actions)] == []


def test_the_synthesis_needs_no_context_lookups(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    """The CLI would look missing context values up in AWS, and cache them in a file."""
    synthesized = synthesize_stacks(config, bundle, tmp_path, make_stacks, network=NETWORK)
    manifests = list(synthesized.folder.rglob("manifest.json"))
    assert len(manifests) == 2
    for manifest in manifests:
        assert not json.loads(manifest.read_text(encoding="utf-8")).get("missing")


def test_violations_without_rule_pack_findings_are_found(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    synthesized = synthesize_stacks(config, bundle, tmp_path, make_stacks, careless=CARELESS)
    for control in (NetworkInterfaces, ThisAccountOnly):
        assert len(checks.faults(synthesized, control)) == 1, control.id
