"""Values of template properties, as in the controls."""

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
