"""Checks of buckets and their grants find violations, and accept correct ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import ServiceConfig
from aws_service_kit.controls.catalog.cdk import Domains, RetainedInProduction, Tagged, Wildcards
from aws_service_kit.controls.catalog.costs import Lifecycle
from aws_service_kit.controls.catalog.permissions import CrossAccount, Documented
from aws_service_kit.controls.catalog.principles import NotPublic
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import MakeStacks, Synthesized, synthesize

BUCKET = """
from aws_cdk import Duration
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("reports",)
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "bucket", service=service, description="A bucket")
    service.reports = Bucket(stack, "Reports", service=service, expire_after=Duration.days(90))
    add_function(stack, service)
    return stack


def add_function(stack, service):
    function = ServiceFunction(
        stack,
        "Extra",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    service.reports.grant_put(function, "daily")
    service.reports.grant_get(function, "daily/totals")
    return function
"""
# Uses the bucket from another stack, in which its ARN is another expression.
GRANTS = """
from aws_service_kit.constructs.acknowledge import acknowledge, arn_in_findings
from aws_service_kit.constructs.stack import ServiceStack
from .bucket import add_function

OFFERS = ()
USES = ("reports",)


def build(stage, service):
    stack = ServiceStack(stage, "grants", service=service, description="Grants of a bucket")
    function = add_function(stack, service)
    bucket = service.reports
    arn = arn_in_findings(bucket, bucket.arn, seen_from=function)
    for sid, action, keys in {grants}:
        function.allow(sid, actions=[action], resources=[bucket.arn + keys])
        acknowledge(
            function,
            {{
                f"AwsSolutions-IAM5[Action::{{action}}]": "Only to see the check fail.",
                f"AwsSolutions-IAM5[Resource::{{arn}}{{keys}}]": "Only to see the check fail.",
            }},
        )
    return stack
"""
BROADER = [
    ("All", "s3:GetObject", "/*"),
    ("BeginningOfAName", "s3:GetObject", "/daily*"),
    ("AnyPrefix", "s3:GetObject", "/*/*"),
    ("WithinThePrefix", "s3:GetObject", "/da*ly/*"),
    ("Deletion", "s3:DeleteObject", "/daily/*"),
    ("Reading", "s3:Get*", "/daily/*"),
]
CARELESS = """
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()
ALL = dict.fromkeys(
    (
        "abort_incomplete_multipart_upload_after",
        "expiration",
        "noncurrent_version_expiration",
    ),
    Duration.days(90),
)


def build(stage, service):
    stack = ServiceStack(stage, "careless", service=service, description="A careless bucket")
    bucket = s3.Bucket(
        stack,
        "Bucket",
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        lifecycle_rules=[{rule}],
    )
    acknowledge(bucket, {{"AwsSolutions-S1": "Only to see the check fail."}})
    return stack
"""
# Resources without constructs of the kit. Each gives access to others.
FOREIGN = """
from aws_cdk import CfnResource, Duration
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()
OTHERS = {{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*", "Sid": "Others"}}


def build(stage, service):
    stack = ServiceStack(stage, "foreign", service=service, description="Raw resources")
    {resource}
    return stack
"""
OPENINGS: Mapping[str, tuple[type[CrossAccount] | type[NotPublic], str]] = {
    "a function's URL": (
        NotPublic,
        'lambda_.CfnUrl(stack, "Open", auth_type="NONE", target_function_arn="health")',
    ),
    "a public subnet": (
        NotPublic,
        'ec2.CfnSubnet(stack, "Open", vpc_id="vpc-1", cidr_block="10.0.0.0/24",'
        " map_public_ip_on_launch=True)",
    ),
    "sign-up": (NotPublic, 'cognito.CfnUserPool(stack, "Open", user_pool_name="x")'),
    "an access point": (
        NotPublic,
        's3.CfnAccessPoint(stack, "Open", bucket="files", public_access_block_configuration='
        "s3.CfnAccessPoint.PublicAccessBlockConfigurationProperty(block_public_policy=False))",
    ),
    "a permission for all": (
        CrossAccount,
        'lambda_.CfnPermission(stack, "Open", action="lambda:InvokeFunction",'
        ' function_name="health", principal="*")',
    ),
    "a permission for another account": (
        CrossAccount,
        'lambda_.CfnPermission(stack, "Open", action="lambda:InvokeFunction",'
        ' function_name="health", principal="999999999999")',
    ),
    "a bus's policy": (
        CrossAccount,
        'events.CfnEventBusPolicy(stack, "Open", statement_id="Others",'
        ' statement={**OTHERS, "Principal": {"AWS": "999999999999"}})',
    ),
    "a role": (
        CrossAccount,
        'iam.CfnRole(stack, "Open", path="/services/", assume_role_policy_document='
        '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["999999999999"]},'
        ' "Action": "sts:AssumeRole", "Sid": "Others"}]})',
    ),
    "a stream's policy": (
        CrossAccount,
        'CfnResource(stack, "Open", type="AWS::Kinesis::ResourcePolicy", properties='
        '{"ResourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/x", "ResourcePolicy":'
        ' {"Statement": [{**OTHERS, "Principal": "*"}]}})',
    ),
}


Synthesize = Callable[..., Synthesized]


@pytest.fixture
def synthesize_stacks(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> Synthesize:
    """Return a function that synthesizes stacks from the sources of their modules."""

    def synthesize_sources(**sources: str) -> Synthesized:
        stacks = make_stacks(**sources)
        outdir = tmp_path / "assembly"
        return synthesize(
            config, bundle=bundle, outdir=outdir, environments=("prod",), stacks=stacks
        )

    return synthesize_sources


def test_a_bucket_and_its_grants_are_compliant(synthesize_stacks: Synthesize) -> None:
    synthesized = synthesize_stacks(bucket=BUCKET, grants=GRANTS.format(grants=[]))
    assert len(synthesized.resources("AWS::Lambda::Function")) == 2
    assert synthesized.findings("violations") == []
    for control in (
        Domains,
        Lifecycle,
        RetainedInProduction,
        Tagged,
        Wildcards,
        Documented,
    ):
        assert checks.faults(synthesized, control) == [], control.id


def test_a_grant_of_more_than_a_prefix_is_found(synthesize_stacks: Synthesize) -> None:
    synthesized = synthesize_stacks(bucket=BUCKET, grants=GRANTS.format(grants=BROADER))
    found = [finding.rpartition(":")[2] for finding in checks.faults(synthesized, Wildcards)]
    assert sorted(found) == sorted(sid for sid, _, _ in BROADER)


@pytest.mark.parametrize("name", OPENINGS)
def test_a_resource_that_is_open_to_others_is_found(
    name: str, make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    control, resource = OPENINGS[name]
    # Without the rule packs, which have other findings on these resources.
    app = empty_app(tmp_path / "assembly", validation=False)
    stacks = make_stacks(foreign=FOREIGN.format(resource=resource))
    build_environment(app, config=config, name="prod", bundle=bundle, stacks=stacks)
    app.synth()
    found = checks.faults(Synthesized(tmp_path / "assembly", ("prod",)), control)
    assert found == ["foreign/Open"]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "s3.LifecycleRule(expiration=Duration.days(90))",
        "s3.LifecycleRule(enabled=False, **ALL)",
    ],
)
def test_a_bucket_without_expiration_is_found(rule: str, synthesize_stacks: Synthesize) -> None:
    synthesized = synthesize_stacks(careless=CARELESS.format(rule=rule))
    assert len(checks.faults(synthesized, Lifecycle)) == 1
