"""The SDK alone: a DynamoDB client that writes one item."""

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Store the event's id."""
    dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item={"pk": {"S": event["id"]}})
    return {"done": True}
