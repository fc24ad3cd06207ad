"""Tables for tests, in the emulated account of the fixture `aws`."""

from aws_service_kit.runtime import clients


def create_table(name: str, *, partition_key: str = "pk", sort_key: str = "sk") -> None:
    """Create an empty table whose keys are strings."""
    keys = (partition_key, sort_key)
    clients.dynamodb().create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": partition_key, "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
