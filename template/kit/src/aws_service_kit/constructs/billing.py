"""Regions in which budgets and cost anomaly monitors can be created."""

from aws_service_kit.constructs.environment import ServiceEnvironment

# Regions in which CloudFormation creates both budgets and anomaly monitors, from its resource
# schemas. A test checks the list against CDK's validation with these schemas.
BILLING_REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
FALLBACK = "us-east-1"


def billing_region(environment: ServiceEnvironment) -> str:
    """Return the environment's region if it is one of them, else us-east-1.

    us-east-1 must then be bootstrapped, too (kit/guides/first-deployment.md).
    """
    region = environment.settings.region
    return region if region in BILLING_REGIONS else FALLBACK
