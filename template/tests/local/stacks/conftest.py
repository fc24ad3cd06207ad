"""What the tests of several stacks use."""

import pytest

from tests.local.conftest import Find
from tests.local.stacks.requests import TABLE, Requests
from tooling.local.cloud import Cloud


@pytest.fixture(scope="session")
def requests(cloud: Cloud, only: Find) -> Requests:
    return Requests(cloud, only("storage", TABLE))
