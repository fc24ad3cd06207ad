"""Models of messages and states in release 1.5.0, which never change, since they are deployed.

During a deployment, functions of a release run at the same time as those of the release before. So
these strict models must accept what a release sends, until no service of 1.5.0 is updated any more.
"""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue


class Correlated(BaseModel):
    """The base of every message and state."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    correlation_id: str


class Envelope(Correlated):
    """A message."""

    version: Literal[1] = 1
    id: str
    type: str
    source: str
    time: AwareDatetime
    data: dict[str, JsonValue]


class RequestReference(BaseModel):
    """The sample: the data of a message about a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    request_id: str
    status: Literal["pending", "approved", "rejected"]


class PendingRequest(Correlated):
    """The sample: a state of its workflow, like the others below."""

    kind: Literal["request"] = "request"
    owner: str
    request_id: str


class DueReport(Correlated):
    """See above."""

    kind: Literal["report"] = "report"
    day: date


class NothingToDo(Correlated):
    """See above."""

    kind: Literal["nothing"] = "nothing"


class Outcome(Correlated):
    """See above."""

    type: Literal["Processing Request", "Request Decided", "Daily Report", "Report Made"]
    id: str
    facts: dict[str, str | int | None]


class Told(Correlated):
    """See above."""
