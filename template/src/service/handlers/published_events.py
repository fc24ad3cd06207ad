"""Events that the service publishes; docs/events.json is made from these models."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict

from service.domain.events import EventType
from service.domain.order import Reason, Status


class PublishedData(BaseModel):
    """Data of an event, and nothing besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestDecided(PublishedData):
    """A request was approved or rejected."""

    request_id: str
    status: Status
    reason: Reason | None


class ReportMade(PublishedData):
    """The report of a day was made: how many requests it has by status."""

    day: date
    pending: int
    approved: int
    rejected: int
    approved_cents: int


EVENTS: Mapping[str, type[BaseModel]] = {
    EventType.REQUEST_DECIDED: RequestDecided,
    EventType.REPORT_MADE: ReportMade,
}
