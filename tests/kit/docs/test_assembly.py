from pathlib import Path

import pytest
from aws_service_kit.docs.architecture.assembly import name_of, read
from aws_service_kit.docs.architecture.resource_types import PARTS, RESOURCE_TYPES, resource_type_of

from kit.docs.assemblies import (
    ACCOUNT,
    REGION,
    Json,
    arn,
    assemble,
    join,
    named,
    ref,
    resource,
    write,
)

QUEUE = resource("SQS::Queue")


def exporting(value: object) -> Json:
    """Return a stack with a queue and an export."""
    return {
        "Description": "Has a queue",
        "Resources": {"Jobs": QUEUE},
        "Outputs": {
            "Out": {"Value": value, "Export": {"Name": "service:Jobs"}},
            "Plain": {"Value": "x"},
        },
    }


@pytest.mark.parametrize(
    ("path", "logical_id", "resource_type", "name"),
    [
        ("Submit/Function/Resource", "SubmitFunction1A2B", "AWS::Lambda::Function", "Submit"),
        ("Jobs/JobsFailed/Queue/Resource", "JobsFailed", "AWS::SQS::Queue", "JobsFailed"),
        ("Jobs/Failed/Queue/Resource", "JobsFailed1A2B", "AWS::SQS::Queue", "Jobs/Failed"),
        ("Daily/Schedule", "DailySchedule1A2B", "AWS::Scheduler::Schedule", "Daily"),
        ("Function/Resource", "Function1A2B", "AWS::Lambda::Function", "Function"),
        ("Submit/Errors/Resource", "SubmitErrors1A2B", "AWS::CloudWatch::Alarm", "Submit/Errors"),
        ("Submit/Worker/Resource", "SubmitWorker1A2B", "AWS::Lambda::Function", "Submit/Worker"),
    ],
)
def test_a_name_omits_the_words_of_the_resource_type(
    path: str, logical_id: str, resource_type: str, name: str
) -> None:
    assert name_of(path, logical_id, resource_type_of(resource_type)) == name


def test_an_unknown_resource_type_keeps_cloudformations_name() -> None:
    resource_type = resource_type_of("AWS::ElastiCache::ReplicationGroup")
    assert resource_type is not None
    assert (resource_type.title, resource_type.group) == ("ElastiCache ReplicationGroup", "other")
    assert resource_type_of("AWS::IAM::Role") is None
    assert not PARTS & set(RESOURCE_TYPES)


def test_stacks_and_resources_are_sorted_by_name(tmp_path: Path) -> None:
    assembly = assemble(tmp_path, b={"Y": QUEUE, "X": QUEUE}, a={"Z": QUEUE})
    assert [item.name for item in assembly.resources()] == ["Z", "X", "Y"]
    assert [stack.name for stack in assembly.stacks] == ["a", "b"]
    assert list(assembly.resources("AWS::SNS::Topic")) == []


def test_only_the_given_environment_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"a": {"Jobs": QUEUE}}, environment="dev")
    write(tmp_path, {"a": {"Other": QUEUE}}, environment="prod")
    assert [item.name for item in read(tmp_path, "prod").resources()] == ["Other"]


@pytest.mark.parametrize(
    "reference",
    [
        {"Fn::ImportValue": "service:Jobs"},
        {
            "Fn::GetStackOutput": {
                "StackName": "service-dev-queues",
                "OutputName": "Out",
                "Region": REGION,
            }
        },
        {"Fn::Select": [0, {"Fn::Split": [":", {"Fn::ImportValue": "service:Jobs"}]}]},
        {"Fn::Sub": ["${Queue}/x", {"Queue": {"Fn::ImportValue": "service:Jobs"}}]},
    ],
)
def test_a_reference_to_another_stack_is_found(reference: Json, tmp_path: Path) -> None:
    user = resource("Custom::User", Target=reference)
    assembly = assemble(tmp_path, queues=exporting(arn("Jobs")), users={"User": user})
    (found,) = assembly.named_by(named(assembly, "User").get("Target"))
    assert (found.stack, found.logical_id) == ("queues", "Jobs")


def test_an_export_of_an_import_is_followed(tmp_path: Path) -> None:
    passing: Json = {
        "Resources": {},
        "Outputs": {
            "Out": {"Value": {"Fn::ImportValue": "service:Jobs"}, "Export": {"Name": "again"}}
        },
    }
    user = resource("Custom::User", Target={"Fn::ImportValue": "again"})
    assembly = assemble(tmp_path, a=exporting(arn("Jobs")), b=passing, c={"User": user})
    assert assembly.named_by(named(assembly, "User").get("Target")) == [named(assembly, "Jobs")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (3, "3"),
        (True, "true"),
        (None, ""),
        (["a", "b"], "a, b"),
        ({"StringEquals": {"aws:x": "y"}}, "StringEquals aws:x y"),
        (ref("Jobs"), "Jobs"),
        (arn("Jobs"), "Jobs"),
        (join(arn("Jobs"), "/index/by-day"), "Jobs/index/by-day"),
        ({"Fn::Join": ["/", ["a", ref("Jobs"), "b"]]}, "a/Jobs/b"),
        (join("arn:aws:ssm:x:1:parameter/", ref("Jobs"), "/all"), "Jobs/all"),
        (join(), ""),
        ({"Fn::Sub": "arn:aws:sqs:*:*:${Jobs.QueueName}/${!Literal}"}, "Jobs/${Literal}"),
        (join("in ", ref("AWS::Region")), "in <region>"),
        (ref("SomeParameter"), "<SomeParameter>"),
        ({"Fn::ImportValue": "unknown"}, "<unknown>"),
        (ref("Live"), "Work:live"),
        (ACCOUNT, "<account>"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/x", "arn:aws:kms:<region>:<account>:alias/x"),
        (f"made in {REGION}", f"made in {REGION}"),
    ],
)
def test_a_value_is_formatted_for_readers(value: object, text: str, tmp_path: Path) -> None:
    resources = {
        "Jobs": QUEUE,
        "Work": resource("Lambda::Function"),
        "Live": resource("Lambda::Alias", FunctionName=ref("Work"), Name="live"),
        "User": resource("Custom::User", Value=value),
    }
    assembly = assemble(tmp_path, a=resources)
    assert assembly.text(named(assembly, "User").get("Value")) == text


def test_a_part_is_shown_as_its_resource(tmp_path: Path) -> None:
    resources = {
        "Work": resource("Lambda::Function"),
        "Version": resource("Lambda::Version", FunctionName=ref("Work")),
        "Live": resource("Lambda::Alias", FunctionName=ref("Version")),
        "Logs": resource("Logs::LogGroup"),
        "User": resource("Custom::User", Targets=[ref("Live"), arn("Logs"), ref("Work")]),
    }
    assembly = assemble(tmp_path, a=resources)
    assert assembly.shown_by(named(assembly, "User").get("Targets")) == [named(assembly, "Work")]
