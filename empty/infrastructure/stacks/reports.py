"""The bucket of reports."""

from aws_cdk import Duration, Stage
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import ServiceStack


class ReportsStack(ServiceStack):
    """The bucket and its life cycle."""

    reports: Bucket

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(stage, "reports", environment=environment, description="Reports")
        self.reports = Bucket(self, "Reports", expire_after=Duration.days(365))
