"""What a property of a template may be: as the guideline's controls read it."""

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
