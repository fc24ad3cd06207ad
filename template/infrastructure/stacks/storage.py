"""What the service remembers."""

from aws_cdk import Stack, Stage
from aws_service_kit.constructs.service import Service
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Index, Table

OFFERS = ("table",)
USES = ()


def build(stage: Stage, service: Service) -> Stack:
    """Make the table of processing requests and of idempotency keys."""
    stack = ServiceStack(stage, "storage", service=service, description="Processing requests")
    service.table = Table(
        stack,
        "Records",
        service=service,
        partition_key="pk",
        sort_key="sk",
        time_to_live="expires_at",
        indexes=[
            Index(
                name="by-day",
                partition_key="day",
                sort_key="sk",
                projection=("status", "amount_cents"),
            )
        ],
    )
    return stack
