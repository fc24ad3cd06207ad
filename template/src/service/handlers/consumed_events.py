"""Events that the service consumes. `derive` writes docs/events.json from these models."""

from collections.abc import Mapping

from pydantic import BaseModel

from service.domain.events import EventType
from service.handlers.order_reference import OrderReference

EVENTS: Mapping[str, type[BaseModel]] = {EventType.PROCESSING_REQUEST: OrderReference}
