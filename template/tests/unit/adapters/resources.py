"""The table and the queue, as the stacks make them."""

from typing import Any

from service.runtime import clients

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


# Attributes of a stored request as a later release or an accident may leave them; None: missing.
UNREADABLE: dict[str, Any] = {
    "status": {"S": "of a later release"},
    "priority": {"S": "urgent"},
    "reason": {"S": "other"},
    "amount_cents": {"N": "1.5"},
    "document": {"S": "00000000000"},
    "created_at": {"S": "yesterday"},
    "reference": None,
}


def damage(key: dict[str, str], attribute: str) -> None:
    """Make a stored item unreadable by one of its attributes."""
    stored = {name: {"S": value} for name, value in key.items()}
    item = {**clients.dynamodb().get_item(TableName=TABLE, Key=stored)["Item"]}
    item[attribute] = UNREADABLE[attribute]
    clients.dynamodb().put_item(
        TableName=TABLE, Item={name: value for name, value in item.items() if value is not None}
    )
