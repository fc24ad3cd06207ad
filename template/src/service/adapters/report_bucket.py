"""Reports as JSON objects in S3: `daily/<day>.json`."""

from dataclasses import asdict

from aws_service_kit.runtime import objects

from service.domain.ports.reports import REPORTS_PREFIX
from service.domain.report import DailyReport


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
        key = f"{REPORTS_PREFIX}/{day}.json"
        objects.put_json(self._bucket, key, {**asdict(report), "day": day})
