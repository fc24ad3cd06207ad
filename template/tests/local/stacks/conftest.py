"""What the tests of several stacks use."""

import pytest
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.testing.local import Find

from tests.local.stacks.requests import TABLE, Requests


@pytest.fixture(scope="session")
def requests(cloud: Cloud, only: Find) -> Requests:
    return Requests(cloud, only("storage", TABLE))
