import json

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.encryption_key import EncryptionKey
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.stream_consumer import StreamConsumer
from aws_service_kit.constructs.table import Table
from aws_service_kit.testing.synthesis import MakeStack, with_environment

MAPPING = "AWS::Lambda::EventSourceMapping"
TABLE = "AWS::DynamoDB::GlobalTable"
PAID = {"dynamodb": {"NewImage": {"status": {"S": ["paid"]}}}}


def add_table(stack: ServiceStack, *, stream: bool = True) -> Table:
    return Table(stack, "Records", partition_key="pk", sort_key="sk", stream=stream)


def add_function(stack: ServiceStack, name: str = "Project") -> Function:
    return Function(
        stack,
        name,
        handler="service.handlers.project.handler",
        memory_mb=256,
        timeout=Duration.seconds(20),
    )


def test_a_stream_does_not_replace_the_table(make_stack: MakeStack) -> None:
    without, _ = make_stack("prod")
    add_table(without, stream=False)
    with_stream, _ = make_stack("prod")
    add_table(with_stream)
    before = Template.from_stack(without).find_resources(TABLE)
    after = Template.from_stack(with_stream).find_resources(TABLE)
    # Changing this property doesn't replace the table.
    assert after["Records"]["Properties"].pop("StreamSpecification") == {
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    }
    assert after == before


def test_a_consumer_bisects_batches_and_sends_failures_to_a_queue(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    failures = DeadLetterQueue(stack, "Failures")
    function, table = add_function(stack), add_table(stack)
    StreamConsumer(
        stack,
        "Projection",
        table=table,
        function=function,
        dead_letter_queue=failures,
        filters=[PAID],
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        MAPPING,
        {
            "BatchSize": 10,
            "BisectBatchOnFunctionError": True,
            "DestinationConfig": {
                "OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}
            },
            "EventSourceArn": {"Fn::GetAtt": ["Records", "StreamArn"]},
            "FilterCriteria": {"Filters": [{"Pattern": json.dumps(PAID)}]},
            "FunctionName": {"Ref": Match.string_like_regexp("ProjectLive")},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "MaximumRecordAgeInSeconds": 21600,
            "MaximumRetryAttempts": 10,
            "ParallelizationFactor": 1,
            "StartingPosition": "TRIM_HORIZON",
        },
    )
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    statements = {each["Sid"]: each for each in policy["Properties"]["PolicyDocument"]["Statement"]}
    assert statements["ReadStreamOfRecords"]["Resource"] == {"Fn::GetAtt": ["Records", "StreamArn"]}
    assert statements["SendFailuresOfProjectionToFailures"]["Action"] == "sqs:SendMessage"


def test_the_alarm_on_the_iterator_age_is_on_the_alias(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    StreamConsumer(
        stack,
        "Projection",
        table=add_table(stack),
        function=add_function(stack),
        dead_letter_queue=DeadLetterQueue(stack, "Failures"),
        alarm_age=Duration.minutes(5),
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": "IteratorAge",
            "Namespace": "AWS/Lambda",
            "Statistic": "Maximum",
            "Threshold": 300_000,
            "Dimensions": Match.array_with([Match.object_like({"Name": "Resource"})]),
        },
    )


def test_an_encrypted_stream_is_read_with_the_environment_s_key(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, service = make_stack("dev", with_environment(config, "dev", encryption="customer"))
    service.key = EncryptionKey(stack, "EncryptionKey")
    function = add_function(stack)
    StreamConsumer(
        stack,
        "Projection",
        table=add_table(stack),
        function=function,
        dead_letter_queue=DeadLetterQueue(stack, "Failures"),
    )
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    key = [
        statement["Condition"]["StringEquals"]["kms:ViaService"]
        for role in roles
        for policy in role["Properties"]["Policies"]
        if policy["PolicyName"] == "Key"
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {str(service).partition(".")[0] for service in key} >= {"dynamodb", "sqs"}, key


def test_an_invalid_argument_is_rejected(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    failures, function = DeadLetterQueue(stack, "Failures"), add_function(stack)
    plain = Table(stack, "Plain", partition_key="pk", sort_key="sk")
    with pytest.raises(ArgumentError, match=r"Plain: has no stream; pass stream=True to the Table"):
        StreamConsumer(stack, "One", table=plain, function=function, dead_letter_queue=failures)
    table = add_table(stack)
    with pytest.raises(ArgumentError, match="filters are 5 at most"):
        StreamConsumer(
            stack,
            "Two",
            table=table,
            function=function,
            dead_letter_queue=failures,
            filters=[PAID] * 6,
        )


def test_a_third_consumer_is_rejected(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    failures, table = DeadLetterQueue(stack, "Failures"), add_table(stack)
    for name in ("First", "Second"):
        function = add_function(stack, name)
        StreamConsumer(
            stack, f"{name}Reader", table=table, function=function, dead_letter_queue=failures
        )
    third = add_function(stack, "Third")
    with pytest.raises(ArgumentError, match="a stream has 2 consumers at most"):
        StreamConsumer(
            stack, "ThirdReader", table=table, function=third, dead_letter_queue=failures
        )
