"""A person's data are erased from the deployed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.config import load
from aws_service_kit.local.cloud import REGION
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.personal_data import (
    Count,
    Subject,
    erase,
    items_about,
    key_names,
    tables,
)

if TYPE_CHECKING:
    import pytest

    from aws_service_kit.local.cloud import Cloud

LOCAL = Deployed(load().service.name, "local", REGION)
# Its check digits are invalid, so that it isn't a person's.
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
