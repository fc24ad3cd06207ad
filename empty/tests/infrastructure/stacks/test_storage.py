"""The storage stack of every environment."""

from aws_service_kit.testing.synthesis import Resource, Synthesized


def tables(synthesized: Synthesized) -> list[Resource]:
    found = synthesized.resources("AWS::DynamoDB::GlobalTable")
    return [table for table in found if table.stack.endswith("-storage")]


def test_the_table_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation replaces a table whose logical id changes, and deletes its items."""
    assert "Records" in {table.logical_id for table in tables(synthesized)}


def test_the_table_keeps_its_keys(synthesized: Synthesized) -> None:
    """CloudFormation replaces a table whose keys change, and deletes its items."""
    for table in tables(synthesized):
        if table.logical_id == "Records":
            assert table.properties["KeySchema"] == [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ]
            assert table.properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"
