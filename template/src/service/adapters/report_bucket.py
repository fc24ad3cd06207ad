"""Reports as JSON objects in S3: `daily/<day>.json`."""

from dataclasses import asdict

from aws_service_kit.runtime import objects

from service.domain.report import DailyReport

PREFIX = "daily/"


class ReportBucket:
    """The port `service.domain.ports.reports.Reports`, on an S3 bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def save(self, report: DailyReport) -> None:
        """Store a report. It replaces an earlier one of the same day.

        Raises:
            DependencyError: S3 failed.
        """
        day = report.day.isoformat()
        objects.put_json(self._bucket, f"{PREFIX}{day}.json", {**asdict(report), "day": day})
