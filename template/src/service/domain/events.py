"""Types of the messages that the service sends and receives."""

from enum import StrEnum


class EventType(StrEnum):
    """Types of messages. Queues, topics and rules filter by these values, so they never change."""

    PROCESSING_REQUEST = "Processing Request"
    REQUEST_DECIDED = "Request Decided"
    DAILY_REPORT = "Daily Report"
    REPORT_MADE = "Report Made"
