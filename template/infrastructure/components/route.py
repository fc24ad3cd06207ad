# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What a route of an API takes and answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


@dataclass(frozen=True, kw_only=True)
class RequestParameter:
    """A header or a query parameter.

    Attributes:
        description: For the API's documentation.
        required: API Gateway refuses requests without it.
        json_schema: JSON Schema of the value, for the documentation; the handler checks it.
    """

    description: str
    required: bool = False
    json_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of the API, as its documentation needs it.

    Attributes:
        method: HTTP method.
        path: Path, with parameters in braces.
        operation: Construct id of the function that answers.
        body: What the request's body is checked against.
        responses: What each status answers; None is an empty body.
        query: Query parameters by name.
        headers: Headers by name.
        public: Anybody may call it.
    """

    method: str
    path: str
    operation: str
    body: type[BaseModel] | None
    responses: Mapping[int, type[BaseModel] | None]
    query: Mapping[str, RequestParameter]
    headers: Mapping[str, RequestParameter]
    public: bool

    @property
    def path_parameters(self) -> list[str]:
        """The names in braces."""
        return re.findall(r"{(\w+)\+?}", self.path)
