"""Base class of the configuration's models, and types of numbers with units."""

from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, StringConstraints
from pydantic.fields import FieldInfo


class Model(BaseModel):
    """A part of the configuration, an immutable model that rejects unknown keys.

    Each field's description is a sentence of docs/configuration.md that describes the key's effect.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def keys_of(model: type[Model]) -> dict[str, FieldInfo]:
    """Return the keys of a table in the files, without derived keys."""
    return {
        field.alias or name: field
        for name, field in model.model_fields.items()
        if not (
            isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("derived")
        )
    }


def table_of(annotation: Any) -> type[Model] | None:  # noqa: ANN401 (any type)
    """Return the model of a key that is a table, or a table of such tables; None of another key."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, Model) else None
    return next(filter(None, map(table_of, get_args(annotation))), None)


def _unit(unit: str) -> object:
    """Return the metadata that give a number its unit in docs/configuration.md."""
    return Field(json_schema_extra={"unit": unit})


Text = Annotated[str, StringConstraints(min_length=1)]
Seconds = Annotated[PositiveInt, _unit("seconds")]
Milliseconds = Annotated[PositiveInt, _unit("milliseconds")]
Minutes = Annotated[PositiveInt, _unit("minutes")]
Days = Annotated[PositiveInt, _unit("days")]
Megabytes = Annotated[PositiveInt, _unit("MB")]
Kilobytes = Annotated[PositiveInt, _unit("units of 1,024 bytes")]
Dollars = Annotated[PositiveInt, _unit("US dollars a month")]
Percent = Annotated[int, Field(ge=1, le=100), _unit("%")]
PerMinute = Annotated[PositiveInt, _unit("a minute")]
PerSecond = Annotated[PositiveInt, _unit("requests a second")]
Requests = Annotated[PositiveInt, _unit("requests")]
Messages = Annotated[PositiveInt, _unit("messages")]
Invocations = Annotated[NonNegativeInt, _unit("invocations at once")]
