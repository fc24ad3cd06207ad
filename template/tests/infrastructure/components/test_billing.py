# Template-owned: updates rewrite this file (tooling/ownership.toml).
import pytest

from infrastructure.components.billing import billing_region
from infrastructure.config import ServiceConfig
from tests.infrastructure.synthesis import MakeStack, with_environment


@pytest.mark.parametrize(
    ("region", "billing"),
    [("sa-east-1", "sa-east-1"), ("eu-central-2", "us-east-1"), ("ap-southeast-7", "us-east-1")],
)
def test_costs_are_watched_at_home_or_in_virginia(
    region: str, billing: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    _, service = make_stack("dev", with_environment(config, "dev", region=region))
    assert billing_region(service) == billing
