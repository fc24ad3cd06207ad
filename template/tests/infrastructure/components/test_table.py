# Template-owned: updates rewrite this file (tooling/ownership.toml).
import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template

from infrastructure.components.function import ServiceFunction
from infrastructure.components.stack import ServiceStack
from infrastructure.components.table import Index, Table
from infrastructure.service import Service
from tests.infrastructure.synthesis import MakeStack


def add_table(stack: ServiceStack, service: Service, construct_id: str = "Records") -> Table:
    return Table(
        stack,
        construct_id,
        service=service,
        partition_key="pk",
        sort_key="sk",
        time_to_live="expires_at",
        indexes=[Index(name="by-day", partition_key="day", sort_key="sk", projection=("status",))],
    )


def test_a_table_is_encrypted_and_recoverable(make_stack: MakeStack) -> None:
    stack, service = make_stack("prod")
    add_table(stack, service)
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


def test_a_tables_logical_id_is_its_own(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    add_table(stack, service)
    assert set(Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable")) == {
        "Records"
    }


def test_an_id_that_cloudformation_refuses_is_refused(make_stack: MakeStack) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        add_table(*make_stack(), construct_id="my-records")


def test_a_grant_names_actions_and_one_resource(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    table = add_table(stack, service)
    function = ServiceFunction(
        stack,
        "Sample",
        service=service,
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
