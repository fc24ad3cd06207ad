"""Makes stored items unreadable, as a later release or an accident may."""

from typing import Any

from aws_service_kit.runtime import clients

from tests.unit.adapters.resources import TABLE

# Attributes of a stored order, with unreadable values; None removes the attribute.
UNREADABLE: dict[str, Any] = {
    "status": {"S": "of a later release"},
    "priority": {"S": "urgent"},
    "reason": {"S": "other"},
    "amount_cents": {"N": "0.0625"},
    "document": {"S": "00000000000"},
    "created_at": {"S": "yesterday"},
    "reference": None,
}


def damage(key: dict[str, str], attribute: str) -> None:
    """Make one attribute of a stored item unreadable."""
    stored = {name: {"S": value} for name, value in key.items()}
    item = {**clients.dynamodb().get_item(TableName=TABLE, Key=stored)["Item"]}
    item[attribute] = UNREADABLE[attribute]
    clients.dynamodb().put_item(
        TableName=TABLE, Item={name: value for name, value in item.items() if value is not None}
    )
