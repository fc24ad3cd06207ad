"""Requests and responses of the API. `derive` writes docs/openapi.json from these models."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A strict model: it coerces no value, and rejects unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class HealthView(Contract):
    """State of the API."""

    status: Literal["ok"] = "ok"
