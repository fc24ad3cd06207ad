"""The table and the queue, as the stacks define them."""

from aws_service_kit.runtime import clients

TABLE = "requests"


def create_table() -> None:
    clients.dynamodb().create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [
                    {"AttributeName": "day", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["status", "amount_cents"],
                },
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def create_queue() -> str:
    """Return the queue's URL."""
    return clients.sqs().create_queue(QueueName="requests")["QueueUrl"]
