"""Rules of the guideline for every service, regardless of its stacks."""

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from aws_service_kit.app import synthesis as app
from aws_service_kit.config import ENVIRONMENT_NAMES, ConfigError, EnvironmentName, ServiceConfig
from aws_service_kit.config.schema import PROFILES
from aws_service_kit.controls import waivers
from aws_service_kit.controls.catalog.cdk import (
    NoSecretVariable,
    Protected,
    RetainedInProduction,
    Tagged,
)
from aws_service_kit.controls.catalog.data import Recovery
from aws_service_kit.controls.catalog.lambda_functions import DeadLetterQueues, ExplicitSize
from aws_service_kit.controls.catalog.permissions import DedicatedRoles, Documented, NoUsers
from aws_service_kit.controls.catalog.sections import Targets, TimeZone
from aws_service_kit.controls.control import Control
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.project import ROOT
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import (
    MakeStacks,
    Synthesized,
    synthesize,
    with_environment,
    with_runtime,
)

ONE_FUNCTION = """
from aws_cdk import Duration
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "extra", service=service, description="One more function")
    ServiceFunction(
        stack,
        "Extra",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    return stack
"""
WILDCARD = ONE_FUNCTION.replace(
    "    return stack",
    '    service.functions[-1].allow("All", actions=["{action}"], resources=["{resource}"])\n'
    "    return stack",
)
QUEUES_TOPICS_AND_SCHEDULES = """
from aws_cdk import Duration
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.schedule import Schedule, function_target
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "extra", service=service, description="What carries messages")
    queue = Queue(stack, "Jobs", service=service, consumer_timeout=Duration.seconds(30))
    function = ServiceFunction(
        stack,
        "Extra",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
        on_failure=DeadLetterQueue(stack, "Failures", service=service),
    )
    queue.grant_send(function)
    queue.add_consumer(function)
    topic = Topic(stack, "News", service=service)
    topic.grant_publish(function)
    topic.subscribe_email("team@example.com", types=["Good News"])
    topic.subscribe_queue(queue, types=["Bad News"])
    Schedule(
        stack,
        "Daily",
        service=service,
        cron="cron(0 9 * * ? *)",
        event_type="Day Began",
        target=function_target(function),
        dead_letter_queue=DeadLetterQueue(stack, "Undelivered", service=service),
        description="Every morning",
    )
    return stack
"""
CARELESS = """
from aws_cdk import Duration, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "extra", service=service, description="Breaks promises")
    function = ServiceFunction(
        stack,
        "Extra",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    function.role.add_to_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/key"])
    )
    function.function.add_environment("PARTNER_PASSWORD", "in the clear")
    iam.User(stack, "Person")
    Tags.of(function).remove("owner")
    lambda_.Function(
        stack,
        "Other",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="service.handlers.health.handler",
        code=lambda_.Code.from_asset(str(service.bundle)),
        role=function.role,
    )
    acknowledge(
        stack,
        {
            f"Serverless-Lambda{rule}": "Only to see the checks fail."
            for rule in ("DLQ", "DefaultMemorySize", "DefaultTimeout", "Tracing")
        },
    )
    return stack
"""
CARELESS_SCHEDULES = """
from aws_cdk import aws_scheduler as scheduler
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ("*",)


def build(stage, service):
    stack = ServiceStack(stage, "schedules", service=service, description="Loses events")
    function = service.functions[-1]
    for name, arn in {
        "ByAlias": function.alias.function_arn,
        "ByName": function.function.function_arn,
    }.items():
        scheduler.CfnSchedule(
            stack,
            name,
            schedule_expression="rate(1 day)",
            flexible_time_window={"mode": "OFF"},
            target={"arn": arn, "roleArn": function.role.role_arn},
        )
    return stack
"""
BAD_PROPERTY = """
from aws_cdk import CfnResource
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = ()


def build(stage, service):
    stack = ServiceStack(stage, "bad", service=service, description="Not CloudFormation")
    CfnResource(stack, "Bad", type="AWS::SQS::Queue", properties={"QueueNaem": "x"})
    return stack
"""


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def test_the_rule_packs_have_no_findings(either_authentication: Synthesized) -> None:
    assert either_authentication.findings("violations") == []


def test_every_accepted_finding_has_a_reason(either_authentication: Synthesized) -> None:
    accepted = either_authentication.findings("suppressedViolations")
    assert [finding["ruleName"] for finding in accepted if len(finding["reason"]) < 20] == []


@pytest.fixture(scope="session")
def evidence(either_authentication: Synthesized) -> Evidence:
    """The templates with this repository's waivers."""
    return Evidence(ROOT, datetime.now(UTC).date(), either_authentication.folder)


@pytest.mark.parametrize("control", checks.OF_TEMPLATES, ids=lambda control: str(control.id))
def test_a_service_complies_with_the_guideline(control: type[Control], evidence: Evidence) -> None:
    """Both types of authentication are checked: the task `controls` checks the configured one."""
    found = list(control().judge(evidence))
    waived = waivers.accepted(control(), found, waivers.read(evidence), evidence.today)
    assert [each for each in found if each.fault and each not in waived] == []


def test_roles_are_in_the_path_of_the_service(either_authentication: Synthesized) -> None:
    assert checks.roles_outside_the_path(either_authentication) == []


def test_violations_are_found(config: ServiceConfig, bundle: Path, tmp_path: Path) -> None:
    broken = with_environment(
        config, "prod", point_in_time_recovery=False, deletion_protection=False, removal="destroy"
    )
    synthesized = synthesize(broken, bundle=bundle, outdir=tmp_path, environments=("prod",))
    for control in (
        Recovery,
        Protected,
        RetainedInProduction,
    ):
        assert checks.faults(synthesized, control) != [], control.id


@pytest.fixture
def careless(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> Synthesized:
    """A stack without findings of the rule packs."""
    stacks = make_stacks(extra=CARELESS)
    outdir = tmp_path / "assembly"
    return synthesize(config, bundle=bundle, outdir=outdir, environments=("prod",), stacks=stacks)


def test_violations_without_rule_pack_findings_are_found(careless: Synthesized) -> None:
    for control in (
        Tagged,
        Documented,
        DedicatedRoles,
        ExplicitSize,
        NoSecretVariable,
        NoUsers,
    ):
        assert checks.faults(careless, control) != [], control.id


def test_tags_have_the_configured_values(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    alarm = synthesized.resources("AWS::CloudWatch::Alarm", environment=environment)[0]
    assert {tag["Key"]: tag["Value"] for tag in alarm.properties["Tags"]} == {
        "cost-center": config.service.cost_center,
        "environment": environment,
        "guideline-version": "1.0",
        "managed-by": "cdk",
        "owner": config.service.owner,
        "service": config.service.name,
    }


def test_a_configured_stack_name_is_used(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    adopted = with_environment(config, "prod", encryption="aws", stack_names={"extra": "Orders"})
    stacks = make_stacks(extra=ONE_FUNCTION)
    synthesized = synthesize(
        adopted, bundle=bundle, outdir=tmp_path, environments=("dev", "prod"), stacks=stacks
    )
    assert [stack.stack_name for stack in synthesized.stacks("prod")] == ["Orders"]
    assert [stack.stack_name for stack in synthesized.stacks("dev")] != ["Orders"]


def test_a_stack_name_for_an_unknown_stack_is_rejected(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path
) -> None:
    stacks = make_stacks(extra=ONE_FUNCTION)
    kept = with_environment(config, "prod", encryption="aws", stack_names={"extra": "Orders"})
    mistyped = with_environment(config, "prod", stack_names={"extras": "Orders"})
    built = app.create_app(config=kept, bundle=bundle, environments=("prod",), stacks=stacks)
    app.refuse_unknown_stack_names(built, kept)
    with pytest.raises(ConfigError, match=r"prod\.stack_names\.extras: .*there are extra$"):
        app.refuse_unknown_stack_names(built, mistyped)
    app.refuse_unknown_stack_names(app.empty_app(), mistyped)


def test_asynchronous_invocations_have_a_dead_letter_queue(synthesized: Synthesized) -> None:
    for control in (DeadLetterQueues, Targets, TimeZone):
        assert checks.faults(synthesized, control) == [], control.id


def test_a_schedule_without_a_dead_letter_queue_is_found(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    synthesized = synthesize(
        config,
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        stacks=make_stacks(extra=ONE_FUNCTION, schedules=CARELESS_SCHEDULES),
    )
    schedules = ["schedules/ByAlias", "schedules/ByName"]
    # This includes functions in other stacks, and functions that are called without their alias.
    function = "extra/ExtraFunction"
    lost = checks.faults(synthesized, DeadLetterQueues)
    assert [name for name in lost if not name.startswith(function)] == schedules
    assert len([name for name in lost if name.startswith(function)]) == 1
    assert checks.faults(synthesized, Targets) == schedules
    assert checks.faults(synthesized, TimeZone) == schedules


def test_production_has_safe_defaults() -> None:
    prod = PROFILES["prod"]
    assert all(prod[key] for key in ("canary", "waf", "termination_protection"))
    assert not any(PROFILES[name]["canary"] or PROFILES[name]["waf"] for name in ("dev", "staging"))


def test_alarms_treat_missing_data_as_not_breaching(either_authentication: Synthesized) -> None:
    for alarm in either_authentication.resources("AWS::CloudWatch::Alarm"):
        assert alarm.properties["TreatMissingData"] == "notBreaching", alarm.name


def test_the_app_writes_the_assembly_that_the_tests_read(
    synthesized_here: Synthesized, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aws_service_kit.app.bundle.build_bundle", lambda *_: bundle)
    # One environment is enough, and takes a third of the time.
    monkeypatch.setattr(app, "build_app", partial(app.build_app, environments=("dev",)))
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    app.main()
    dev = "assembly-dev"
    assert contents(tmp_path / dev) == contents(synthesized_here.folder / dev)


def test_an_invalid_configuration_exits_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load() -> ServiceConfig:
        raise ConfigError("team.toml: wrong")

    monkeypatch.setattr(app, "load", load)
    with pytest.raises(SystemExit, match=r"^error: team\.toml: wrong$"):
        app.main()


def contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*.json")
        if path.name != "validation-report.json"
    }


def test_another_function_is_one_call(
    synthesized: Synthesized,
    make_stacks: MakeStacks,
    config: ServiceConfig,
    bundle: Path,
    tmp_path: Path,
) -> None:
    stacks = make_stacks(beside_the_services_own=True, extra=ONE_FUNCTION)
    outdir = tmp_path / "assembly"
    careful = with_environment(config, "prod", canary=True)
    more = synthesize(careful, bundle=bundle, outdir=outdir, environments=("prod",), stacks=stacks)
    assert more.findings("violations") == []
    before = {resource.stack for resource in synthesized.resources(environment="prod")}
    added = [resource.kind for resource in more.resources() if resource.stack not in before]
    assert sorted(added) == [
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Alarm",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
    ]


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        (
            WILDCARD.format(action="dynamodb:*", resource="arn:aws:dynamodb:us-east-1:1:table/a"),
            "AwsSolutions-IAM5[Action::dynamodb:*]",
        ),
        (
            WILDCARD.format(action="dynamodb:GetItem", resource="*"),
            "AwsSolutions-IAM5[Resource::*]",
        ),
        (BAD_PROPERTY, "CloudFormation-Validate::F3002"),
    ],
    ids=["action", "resource", "property"],
)
def test_a_stack_with_findings_is_not_synthesized(
    source: str,
    finding: str,
    make_stacks: MakeStacks,
    config: ServiceConfig,
    bundle: Path,
    tmp_path: Path,
) -> None:
    stacks = make_stacks(extra=source)
    outdir = tmp_path / "assembly"
    with pytest.raises(RuntimeError, match=re.escape(finding)):
        synthesize(config, bundle=bundle, outdir=outdir, environments=("dev",), stacks=stacks)


def test_the_rules_accept_queues_topics_and_schedules(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    synthesized = synthesize(
        config,
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        stacks=make_stacks(extra=QUEUES_TOPICS_AND_SCHEDULES),
    )
    assert synthesized.findings("violations") == []
    for control in (
        Tagged,
        Documented,
        DeadLetterQueues,
        Targets,
        TimeZone,
    ):
        assert checks.faults(synthesized, control) == [], control.id


def test_an_older_runtime_can_be_configured(
    make_stacks: MakeStacks, config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    older = synthesize(
        with_runtime(config, "python3.13"),
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("dev",),
        stacks=make_stacks(extra=ONE_FUNCTION),
    )
    assert older.findings("violations") == []
    accepted = {finding["ruleName"] for finding in older.findings("suppressedViolations")}
    assert {"AwsSolutions-L1", "Serverless-LambdaLatestVersion"} <= accepted


def test_every_role_has_the_permissions_boundary(
    config: ServiceConfig, bundle: Path, tmp_path: Path, make_stacks: MakeStacks
) -> None:
    bounded = synthesize(
        with_environment(config, "prod", permissions_boundary="boundary"),
        bundle=bundle,
        outdir=tmp_path / "assembly",
        environments=("prod",),
        stacks=make_stacks(extra=ONE_FUNCTION),
    )
    for role in bounded.resources("AWS::IAM::Role"):
        assert "policy/boundary" in str(role.properties["PermissionsBoundary"]), role.name
