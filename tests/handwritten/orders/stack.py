from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class OrdersStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        table = dynamodb.Table(
            self,
            "OrdersTable",
            partition_key=dynamodb.Attribute(name="order", type=dynamodb.AttributeType.STRING),
            removal_policy=RemovalPolicy.RETAIN,
        )
        function = lambda_.Function(
            self,
            "Record",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="record.handler",
            code=lambda_.Code.from_asset("orders/functions"),
            environment={"TABLE": table.table_name},
        )
        table.grant_write_data(function)
