"""Where what watches costs can be made: billing is of the account, not of a region."""

from aws_service_kit.constructs.service import Service

# Where CloudFormation makes both budgets and anomaly monitors, as its own schemas say; a test holds
# the list to the validation that the CDK does with them.
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


def billing_region(service: Service) -> str:
    """Give the environment's own region if it will do, else us-east-1.

    That one then needs a bootstrap too (kit/guides/first-deployment.md).
    """
    region = service.environment.region
    return region if region in BILLING_REGIONS else FALLBACK
