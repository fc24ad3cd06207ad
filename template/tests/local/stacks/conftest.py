"""Fixtures of the tests of several stacks."""

import pytest
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.testing.local import Find

from tests.local.stacks.orders import TABLE, Orders


@pytest.fixture(scope="session")
def requests(cloud: Cloud, only_resource: Find) -> Orders:
    return Orders(cloud, only_resource("storage", TABLE, "Records"))
