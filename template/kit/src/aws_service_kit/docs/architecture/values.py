"""Values of template properties, as the controls read them."""

from aws_service_kit.controls.evidence.values import (
    Joined,
    Reference,
    Value,
    dig,
    items,
    number,
    references,
    texts,
)

__all__ = ["Joined", "Reference", "Value", "dig", "items", "number", "references", "texts"]
