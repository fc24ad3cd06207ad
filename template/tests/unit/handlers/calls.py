"""Requests to the handlers, and their responses."""

import json
from dataclasses import dataclass
from typing import Any

from aws_service_kit.runtime.http import Handler
from aws_service_kit.testing.api_gateway import proxy_event
from aws_service_kit.testing.unit import Context

from service.handlers import get_request, submit_request

CPF = "52998224725"
NOTES = "Maria lives in Rua das Flores"
BODY: dict[str, Any] = {
    "reference": "order-1",
    "priority": "normal",
    "amount_cents": 10_000,
    "document": CPF,
    "notes": NOTES,
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body


def call(handler: Handler, event: dict[str, Any]) -> Answer:
    response = handler(event, Context())
    return Answer(response["statusCode"], response["headers"], response["body"])


def submit(
    body: object = BODY,
    *,
    key: str | None = "key",
    caller: str | None = "AROAONE:session",
    correlation_id: str | None = None,
) -> Answer:
    headers = {"Content-Type": "application/json"}
    if correlation_id is not None:
        headers["X-Correlation-Id"] = correlation_id
    if key is not None:
        headers["Idempotency-Key"] = key
    return call(submit_request.handler, proxy_event(body, caller=caller, headers=headers))


def get(request_id: str, *, caller: str | None = "AROAONE:session") -> Answer:
    return call(get_request.handler, proxy_event(caller=caller, path={"id": request_id}))
