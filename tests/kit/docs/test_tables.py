from pathlib import Path

import pytest
from aws_service_kit.config import load
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.graph import build
from aws_service_kit.docs.architecture.tables import (
    alarms,
    environments,
    functions,
    network,
    permissions,
    queues,
    stacks,
    stateful,
)

from kit.docs.assemblies import (
    Json,
    allow,
    arn,
    assemble,
    function,
    join,
    policy,
    ref,
    resource,
    write,
)
from kit.projects import project

ROLE = resource("IAM::Role")


def cells(table: str) -> list[list[str]]:
    """Return the cells of a table's rows."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [line[2:-2].split(" | ") for line in lines if "---" not in line][1:]


def test_stacks_list_their_resources(tmp_path: Path) -> None:
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 1}
    template: Json = {
        "Description": "What waits | and fails",
        "Resources": {
            "Jobs": resource("SQS::Queue", RedrivePolicy=dead),
            "Dead": resource("SQS::Queue"),
            "Role": ROLE,
            "Cluster": resource("DAX::Cluster"),
        },
    }
    assert cells(stacks.render(build(assemble(tmp_path, waiting=template)))) == [
        [
            "`waiting`",
            r"What waits \| and fails",
            "DAX Cluster `Cluster`, dead-letter queue `Dead`, queue `Jobs`",
            "4",
        ]
    ]


def test_functions_list_their_callers_and_resources(tmp_path: Path) -> None:
    resources = {
        "Idle": resource("Lambda::Function", Handler="idle.handler"),
        "Jobs": resource("SQS::Queue"),
        "Mapping": resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("Jobs"), FunctionName=ref("Work")
        ),
        "Daily": resource("Scheduler::Schedule", Target={"Arn": arn("Work")}),
        "Policy": policy(
            "Role",
            allow("dynamodb:PutItem", arn("Table")),
            allow("secretsmanager:GetSecretValue", ref("Secret")),
        ),
        "Role": ROLE,
        "Secret": resource("SecretsManager::Secret"),
        "Table": resource("DynamoDB::GlobalTable"),
        "Work": function(Handler="work.handler", MemorySize=512, Timeout=90),
    }
    assert cells(functions.render(build(assemble(tmp_path, a=resources)))) == [
        ["`Idle`", "`a`", "`idle.handler`", "", "", "128 MB", "3 s"],
        [
            "`Work`",
            "`a`",
            "`work.handler`",
            "`Jobs`; `Daily`",
            "writes `Table`; reads `Secret`",
            "512 MB",
            "90 s",
        ],
    ]


def test_permissions_are_listed_by_statement(tmp_path: Path) -> None:
    traces = allow("xray:PutTraceSegments", "*")
    inline: Json = {"Policies": [{"PolicyDocument": {"Statement": traces}}]}
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    resources = {
        "Daily": resource("Scheduler::Schedule", Target={"RoleArn": arn("DailyRole")}),
        "DailyRole": ROLE,
        "DailyPolicy": policy(
            "DailyRole", {**allow("lambda:InvokeFunction", arn("One")), "Sid": ""}
        ),
        "One": function("OneRole"),
        "OneRole": resource("IAM::Role", **inline),
        "OnePolicy": policy(
            "OneRole",
            allow(["s3:GetObject", "s3:PutObject"], [join(arn("Bucket"), "/x/*"), arn("Bucket")]),
            {**allow("sqs:*", arn("Jobs"), Condition=condition), "Effect": "Deny"},
        ),
        "Two": function("TwoRole"),
        "TwoRole": resource(
            "IAM::Role", **inline, ManagedPolicyArns=[join("arn:aws:iam::aws:policy/Big")]
        ),
        "Unused": ROLE,
        "UnusedPolicy": policy(
            "Unused", {"Effect": "Allow", "NotAction": "iam:*", "NotResource": arn("Jobs")}
        ),
        "Bucket": resource("S3::Bucket"),
        "Jobs": resource("SQS::Queue"),
    }
    written = permissions.render(
        build(assemble(tmp_path, a=resources, b={"Jobs": resource("SQS::Queue")}))
    )
    assert written.startswith("### Roles of `a`\n")
    assert "`b`" not in written
    assert cells(written) == [
        ["every function", "`Sid`", "`xray:PutTraceSegments`", "all"],
        ["schedule `Daily`", "without an id", "`lambda:InvokeFunction`", "`One`"],
        ["function `One`", "`Sid`", "`s3:GetObject`, `s3:PutObject`", "`Bucket/x/*`, `Bucket`"],
        [
            "function `One`",
            "`Sid`",
            "denied: `sqs:*`",
            "`Jobs` if `Bool aws:SecureTransport false`",
        ],
        ["function `Two`", "`Big`", "those of a managed policy", "all"],
        ["`Unused`", "without an id", "`all except iam:*`", "all except `Jobs`"],
    ]


def test_permissions_of_a_single_function_are_listed_under_its_name(tmp_path: Path) -> None:
    resources = {"Work": function(), "Role": ROLE, "P": policy("Role", allow("x:Do", "*"))}
    assert cells(permissions.render(build(assemble(tmp_path, a=resources)))) == [
        ["function `Work`", "`Sid`", "`x:Do`", "all"]
    ]


def test_queues_list_sources_consumers_and_dead_letter_queues(tmp_path: Path) -> None:
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 5}
    failed = {"DeadLetterConfig": {"Arn": arn("Failed")}, "Arn": ref("Work")}
    resources = {
        "Dead": resource("SQS::Queue", MessageRetentionPeriod=1_209_600),
        "Failed": resource("SQS::Queue"),
        "Jobs": resource(
            "SQS::Queue", RedrivePolicy=dead, VisibilityTimeout=180, MessageRetentionPeriod=86_400
        ),
        "Mapping": resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("Jobs"), FunctionName=ref("Work")
        ),
        "News": resource("SNS::Topic"),
        "OnFailure": resource(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Work"),
            DestinationConfig={"OnFailure": {"Destination": arn("Failed")}},
        ),
        "Plain": resource("SQS::Queue"),
        "Rule": resource("Events::Rule", Targets=[failed]),
        "Schedule": resource("Scheduler::Schedule", Target=failed),
        "ToQueue": resource(
            "SNS::Subscription",
            TopicArn=ref("News"),
            Endpoint=arn("Jobs"),
            RedrivePolicy={"deadLetterTargetArn": arn("Failed")},
        ),
        "Work": resource("Lambda::Function"),
    }
    written = queues.render(build(assemble(tmp_path, a=resources)), environment="dev")
    live, dead_letters, *_ = written.split("\n\n")
    assert cells(live) == [
        ["`Jobs`", "`a`", "`News`", "`Work`", "3 min", "1 day", "after 5 tries: `Dead`"],
        ["`Plain`", "`a`", "", "", "30 s", "4 days", ""],
    ]
    (of_jobs, of_others) = cells(dead_letters)
    assert of_jobs == [
        "`Dead`",
        "`a`",
        "14 days",
        "From `Jobs`: move them back to `Jobs`: `dead-letters redrive`.",
    ]
    remedies = of_others[-1].split("<br>")
    assert [remedy.partition(":")[0] for remedy in remedies] == [
        "From `Work`",
        "From `News`",
        "From `Rule`",
        "From `Schedule`",
    ]
    assert "invoke `Work` again" in remedies[0]
    assert "to `Work`" in remedies[2]
    assert "dead-letters redrive --environment dev --queue a/Dead\n" in written
    assert "--queue a/Failed" not in written


@pytest.mark.parametrize(
    ("properties", "condition"),
    [
        (
            {"MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3},
            "`Errors` (Sum) ≥ 5 for 3 min",
        ),
        (
            {
                "MetricName": "Latency",
                "ExtendedStatistic": "p95",
                "Period": 60,
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 2,
            },
            "`Latency` (p95) ≥ 5 in 2 of 5 times 1 min",
        ),
        (
            {
                "Metrics": [
                    {"Expression": "a + b", "Id": "c", "Label": "Sum | of all"},
                    {"MetricStat": {"Metric": {"MetricName": "A"}, "Period": 300}, "Id": "a"},
                    {"MetricStat": {"Metric": {"MetricName": "B"}, "Period": 300}, "Id": "b"},
                ]
            },
            r"Sum \| of all (`A`, `B`) ≥ 5 for 5 min",
        ),
    ],
)
def test_an_alarm_shows_its_condition(properties: Json, condition: str, tmp_path: Path) -> None:
    alarm = resource(
        "CloudWatch::Alarm",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=5,
        AlarmDescription="Read *this*",
        **properties,
    )
    written = alarms.render(build(assemble(tmp_path, a={"Alarm": alarm})), {})
    assert written.startswith("1 notify no topic directly.\n")
    assert cells(written) == [["`Alarm`", condition, r"Read \*this\*"]]


def test_different_thresholds_of_environments_are_shown(tmp_path: Path) -> None:
    def stack(threshold: int, same: int) -> dict[str, Json]:
        values = {"Low": threshold, "Same": same}
        return {
            "a": {
                name: resource(
                    "CloudWatch::Alarm",
                    MetricName="M",
                    Threshold=value,
                    Period=60,
                    ComparisonOperator="LessThanThreshold",
                    AlarmActions=[ref("News")],
                )
                for name, value in values.items()
            }
            | {"News": resource("SNS::Topic")}
        }

    write(tmp_path, stack(1, 3), environment="dev")
    write(tmp_path, stack(1, 3), environment="staging")
    write(tmp_path, stack(2, 3), environment="prod")
    others = {name: read(tmp_path, name) for name in ("staging", "prod")}
    written = alarms.render(build(read(tmp_path, "dev")), others)
    assert written.startswith("2 notify `News`.\n")
    assert [row[1] for row in cells(written)] == [
        "`M` () < 1 (prod: 2) for 1 min",
        "`M` () < 3 for 1 min",
    ]


def test_a_composite_alarm_shows_its_rule(tmp_path: Path) -> None:
    resources = {
        "Both": resource("CloudWatch::CompositeAlarm", AlarmRule=join("ALARM(", arn("One"), ")")),
        "One": resource("CloudWatch::Alarm"),
    }
    rows = cells(alarms.render(build(assemble(tmp_path, a=resources)), {}))
    assert rows[0][:2] == ["`Both`", "`ALARM(One)`"]


def test_without_alarms_the_table_is_a_sentence(tmp_path: Path) -> None:
    assert alarms.render(build(assemble(tmp_path, a={"Role": ROLE})), {}) == "There are none."


def test_stateful_resources_show_their_removal_by_environment(tmp_path: Path) -> None:
    for name, policy_ in (("dev", "Delete"), ("prod", "RetainExceptOnCreate")):
        resources = {
            "Table": resource("DynamoDB::GlobalTable", policy=policy_),
            "Logs": resource("Logs::LogGroup", policy=policy_),
            "Work": resource("Lambda::Function"),
        }
        if name == "prod":
            resources["Key"] = resource("KMS::Key", policy="Snapshot")
        write(tmp_path, {"a": resources}, environment=name)
    assemblies = {name: read(tmp_path, name) for name in ("dev", "prod")}
    assert cells(stateful.render(assemblies)) == [
        ["DynamoDB table `Table`", "`a`", "`Table`", "deleted", "kept"],
        ["KMS Key `Key`", "`a`", "`Key`", "none", "kept as a snapshot"],
    ]


def test_environments_show_their_configuration_and_differences(tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        resources = {"Jobs": resource("SQS::Queue"), "Role": ROLE}
        if name == "prod":
            resources |= {"Acl": resource("WAFv2::WebACL"), "Other": ROLE}
        write(tmp_path / "assembly", {"a": resources}, environment=name)
    assemblies = {name: read(tmp_path / "assembly", name) for name in ("dev", "prod")}
    written = environments.render(load(project(tmp_path / "project")), assemblies)
    rows = {row[0]: row[1:] for row in cells(written)}
    assert rows["Account"] == ["chosen", "not chosen yet", "chosen"]
    assert rows["Region"] == ["`us-east-1`", "`us-east-1`", "`sa-east-1`"]
    assert rows["Retention of logs"] == ["7 days", "30 days", "365 days"]
    assert rows["Stateful resources removed from the template"] == ["deleted", "deleted", "kept"]
    assert rows["New code is deployed by a canary"] == ["no", "no", "yes"]
    assert rows["Firewall of the API"] == ["no", "no", "yes"]
    assert rows["API: requests per second"] == ["10", "50", "100"]
    assert [line for line in written.splitlines() if line.startswith("- ")] == [
        "- firewall `Acl` of `a`: prod"
    ]


def test_a_network_lists_its_functions_and_endpoints(tmp_path: Path) -> None:
    resources = {
        "Inside": resource("Lambda::Function", VpcConfig={"SubnetIds": [ref("Subnet")]}),
        "Outside": resource("Lambda::Function"),
        "Subnet": resource("EC2::Subnet", VpcId=ref("Vpc")),
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/20"),
        "ToSqs": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName="com.x.y.sqs"),
        "ToS3": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName="com.x.y.s3"),
    }
    assert cells(network.render(build(assemble(tmp_path, a=resources)))) == [
        ["`Vpc`", "`10.0.0.0/20`", "`Inside`", "`s3`, `sqs`"]
    ]
    assert network.render(build(assemble(tmp_path / "b", a={"Role": ROLE}))) == ""
