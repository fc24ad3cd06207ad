# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What is stored about a person is erased from the tables that are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure.config import load
from operations.deployed import Deployed
from operations.personal_data import Count, Subject, erase, items_about, key_names, tables
from tooling.local.cloud import REGION

if TYPE_CHECKING:
    import pytest

    from tooling.local.cloud import Cloud

LOCAL = Deployed(load().service.name, "local", REGION)
# Its check digits are wrong, so that it is no person's.
INVALID_CPF = "12345678900"


def test_a_persons_items_are_erased(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.variables().items():
        monkeypatch.setenv(name, value)
    attribute, *_ = attributes = load().records.subject_attributes
    subject, dynamodb = Subject.of(INVALID_CPF, attributes), LOCAL.client("dynamodb")
    found = tables(LOCAL)
    for table in found:
        key = {name: {"S": "a person's"} for name in key_names(dynamodb, table)}
        dynamodb.put_item(TableName=table, Item={**key, attribute: {"S": INVALID_CPF}})
        assert erase(dynamodb, table, subject) == Count(found=1, erased=1)
        assert list(items_about(dynamodb, table, subject)) == []
    assert found
