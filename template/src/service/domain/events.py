"""What happens, by the names under which others hear of it."""

from enum import StrEnum


class EventType(StrEnum):
    """The types of messages; queues, topics and rules filter by them, so a name is for ever."""

    PROCESSING_REQUEST = "Processing Request"
    REQUEST_DECIDED = "Request Decided"
    DAILY_REPORT = "Daily Report"
    REPORT_MADE = "Report Made"
