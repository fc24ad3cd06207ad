"""Events that the service publishes. `derive` writes docs/events.json from these models."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict

from service.domain.events import EventType
from service.domain.order import Reason, Status


class PublishedData(BaseModel):
    """The data of an event, without further keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestDecided(PublishedData):
    """A request was approved or rejected."""

    request_id: str
    status: Status
    reason: Reason | None


class ReportMade(PublishedData):
    """The report of a day was made: the number of requests by status."""

    day: date
    pending: int
    approved: int
    rejected: int
    approved_cents: int


EVENTS: Mapping[str, type[BaseModel]] = {
    EventType.REQUEST_DECIDED: RequestDecided,
    EventType.REPORT_MADE: ReportMade,
}
