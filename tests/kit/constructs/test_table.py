import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Index, Table
from aws_service_kit.testing.synthesis import MakeStack, with_environment


def add_table(stack: ServiceStack, construct_id: str = "Records") -> Table:
    return Table(
        stack,
        construct_id,
        partition_key="pk",
        sort_key="sk",
        time_to_live="expires_at",
        indexes=[Index(name="by-day", partition_key="day", sort_key="sk", projection=("status",))],
    )


def test_a_table_is_encrypted_and_recoverable(make_stack: MakeStack) -> None:
    stack, _ = make_stack("prod")
    add_table(stack)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::DynamoDB::GlobalTable",
        {
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"SSEEnabled": True},
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
            "Replicas": [
                {
                    "DeletionProtectionEnabled": True,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                }
            ],
        },
    )
    template.resource_count_is("AWS::CloudWatch::Alarm", 3)
    # With deletion protection, a rollback of the creation couldn't delete the table.
    template.has_resource("AWS::DynamoDB::GlobalTable", {"DeletionPolicy": "Retain"})


def test_an_unprotected_table_is_deleted_if_its_creation_is_rolled_back(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = make_stack("prod", with_environment(config, "prod", deletion_protection=False))
    add_table(stack)
    Template.from_stack(stack).has_resource(
        "AWS::DynamoDB::GlobalTable",
        {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"},
    )


def alarms_of(stack: ServiceStack) -> dict[str, tuple[str, list[dict[str, str]]]]:
    """Return the expression and the dimensions of the metrics of each alarm, by its id."""
    found = {}
    for name, alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").items():
        expression, *metrics = alarm["Properties"]["Metrics"]
        dimensions = [
            {
                dimension["Name"]: dimension["Value"]
                for dimension in metric["MetricStat"]["Metric"]["Dimensions"]
            }
            for metric in metrics
        ]
        found[name.removeprefix("Records")[:-8]] = (expression["Expression"], dimensions)
    return found


def test_alarms_treat_missing_values_as_zero(make_stack: MakeStack) -> None:
    """For DynamoDB's metrics, alarms ignore missing values and would stay in ALARM."""
    stack, _ = make_stack()
    add_table(stack)
    table = {"TableName": {"Ref": "Records"}}
    throttles = (
        "FILL(metric0, 0) + FILL(metric1, 0)",
        [table, {**table, "GlobalSecondaryIndexName": "by-day"}],
    )
    operations = ["GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"]
    errors = (
        " + ".join(f"FILL(metric{number}, 0)" for number in range(5)),
        [{**table, "Operation": operation} for operation in operations],
    )
    assert alarms_of(stack) == {
        "ReadThrottles": throttles,
        "WriteThrottles": throttles,
        "SystemErrors": errors,
    }


def test_every_index_has_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    names = [f"by-{number}" for number in range(12)]
    Table(
        stack,
        "Records",
        partition_key="pk",
        sort_key="sk",
        indexes=[
            Index(name=name, partition_key="sk", sort_key="pk", projection=("status",))
            for name in names
        ],
    )
    alarms = alarms_of(stack)
    read = [each for name, each in alarms.items() if name.startswith("ReadThrottles")]
    assert [len(dimensions) for _, dimensions in read] == [10, 3]
    watched = [each for _, dimensions in read for each in dimensions]
    assert [each.get("GlobalSecondaryIndexName") for each in watched] == [None, *names]


def test_the_logical_id_of_a_table_has_no_hash(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_table(stack)
    assert set(Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable")) == {
        "Records"
    }


def test_an_id_that_cloudformation_rejects_is_rejected(make_stack: MakeStack) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        add_table(make_stack()[0], construct_id="my-records")


def test_a_grant_names_actions_and_one_resource(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    table = add_table(stack)
    function = Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    table.grant(function, "dynamodb:GetItem")
    table.grant_index(function, "by-day", "dynamodb:Query")
    arn = {"Fn::GetAtt": ["Records", "Arn"]}
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        {
                            "Sid": "UseRecords",
                            "Effect": "Allow",
                            "Action": "dynamodb:GetItem",
                            "Resource": arn,
                        },
                        {
                            "Sid": "UseRecordsByDay",
                            "Effect": "Allow",
                            "Action": "dynamodb:Query",
                            "Resource": {"Fn::Join": ["", [arn, "/index/by-day"]]},
                        },
                    ]
                )
            }
        },
    )
    with pytest.raises(ValueError, match="no index 'by-month'"):
        table.grant_index(function, "by-month", "dynamodb:Query")
