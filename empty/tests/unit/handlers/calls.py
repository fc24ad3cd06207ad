"""Requests to the handlers, and their responses."""

import json
from dataclasses import dataclass
from typing import Any

from aws_service_kit.runtime.http import Handler
from aws_service_kit.testing.unit import Context


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
