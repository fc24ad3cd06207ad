"""What the API takes and gives; the OpenAPI document is made from these models."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Strict: no value is coerced, no unknown key is ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class HealthView(Contract):
    """A sign of life."""

    status: Literal["ok"] = "ok"
