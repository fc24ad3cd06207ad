"""Requests in the emulator's table, as if a caller had submitted them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aws_service_kit.config import load
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.runtime import ids
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.testing.envelopes import envelope

from service.adapters.requests_table import RequestsTable
from service.domain.ports import IdempotencyKey
from service.domain.request import ProcessingRequest, Status
from tests.unit.domain.requests import REQUEST

TABLE = "AWS::DynamoDB::GlobalTable"


@dataclass(frozen=True)
class Requests:
    """The table.

    Attributes:
        cloud: The emulator.
        name: The table's name.
    """

    cloud: Cloud
    name: str

    def store(self) -> ProcessingRequest:
        """Store a pending request, and tell nobody."""
        now = datetime.now(UTC)
        request = replace(REQUEST, id=ids.new_id(now), created_at=now)
        return self._table.add(request, IdempotencyKey(request.id, "fingerprint")).request

    def status(self, request: ProcessingRequest) -> Status | None:
        stored = self._table.get(request.owner, request.id)
        return None if stored is None else stored.status

    def decision(self, request: ProcessingRequest) -> Status | None:
        """Return a request's status once it is decided."""
        return self.decision_about(request.owner, request.id)

    def decision_about(self, owner: str, request_id: str) -> Status | None:
        stored = self._table.get(owner, request_id)
        return None if stored is None or stored.status is Status.PENDING else stored.status

    @property
    def _table(self) -> RequestsTable:
        return RequestsTable(self.cloud.client("dynamodb"), self.name)


def message_about(request: ProcessingRequest, **changes: Any) -> Envelope:  # noqa: ANN401 (any field's value)
    """Return the message that the API writes about a request."""
    data = {"owner": request.owner, "request_id": request.id, "status": "pending"}
    source = load().service.name
    fields = {"id": request.id, "type": "Processing Request", "source": source, "data": data}
    return envelope(**fields | changes)
