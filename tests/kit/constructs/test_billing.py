import pytest
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.billing import billing_region
from aws_service_kit.testing.synthesis import MakeStack, with_environment


@pytest.mark.parametrize(
    ("region", "billing"),
    [("sa-east-1", "sa-east-1"), ("eu-central-2", "us-east-1"), ("ap-southeast-7", "us-east-1")],
)
def test_costs_are_monitored_in_the_region_or_in_us_east_1(
    region: str, billing: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    _, service = make_stack("dev", with_environment(config, "dev", region=region))
    assert billing_region(service) == billing
