"""The storage stack of every environment."""

from aws_service_kit.testing.synthesis import Resource, Synthesized


def records_tables(synthesized: Synthesized) -> list[Resource]:
    tables = synthesized.resources("AWS::DynamoDB::GlobalTable")
    return [
        table
        for table in tables
        if table.stack.endswith("-storage") and table.logical_id == "Records"
    ]


def test_the_table_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation replaces a table whose logical id changes, without its items."""
    environments = {table.environment for table in records_tables(synthesized)}
    assert environments == set(synthesized.environments)


def test_the_table_has_the_keys_that_the_adapters_use(synthesized: Synthesized) -> None:
    for table in records_tables(synthesized):
        assert table.properties["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        assert table.properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


def test_requests_are_found_by_day(synthesized: Synthesized) -> None:
    for table in records_tables(synthesized):
        (index,) = table.properties["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "by-day"
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["day", "sk"]
        assert index["Projection"]["NonKeyAttributes"] == ["status", "amount_cents"]
