"""The response to a webhook's delivery."""

from pydantic import BaseModel, ConfigDict


class Received(BaseModel):
    """The delivery was handled, now or before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    received: bool = True
