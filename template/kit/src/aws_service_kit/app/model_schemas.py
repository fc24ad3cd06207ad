"""JSON Schemas of models, for the API's documentation."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

Json = dict[str, Any]
Use = tuple[type[BaseModel], JsonSchemaMode]


def schemas_of(uses: Iterable[Use], ref_template: str) -> tuple[dict[Use, Json], Json]:
    """Return a reference to the schema of each use of a model, and the schemas by name."""
    uses = list(dict.fromkeys(uses))
    references, definitions = models_json_schema(uses, ref_template=ref_template)
    schemas: Json = definitions.get("$defs", {})
    for schema in schemas.values():
        # The part of a docstring that is for callers.
        if "description" in schema:
            schema["description"] = schema["description"].partition("\n\n")[0]
    return {use: references[use] for use in uses}, schemas
