"""Add functions behind a route of the API."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from pydantic import BaseModel

from aws_service_kit.generate.edits import add_definition, add_import
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.new_function import NewFunction, module_of
from aws_service_kit.generate.names import snake_case
from aws_service_kit.generate.paths import HANDLERS
from aws_service_kit.generate.stack_source import Route, shape

CONTRACT = HANDLERS / "contract.py"
CONTRACT_START = (
    '"""The requests and responses of the API. The OpenAPI document is derived from them."""\n'
)
CONTRACT_BASE = '''
class Contract(BaseModel):
    """A strict model: values aren't converted, and unknown keys are rejected."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
'''

STATUSES = {"DELETE": 200, "GET": 200, "PATCH": 200, "POST": 201, "PUT": 200}
METHODS_WITH_BODY = {"PATCH", "POST", "PUT"}
FORM = 'METHOD /path, such as "GET /invoices/{id}"'
PART = re.compile(r"[A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_]*\}")
EXAMPLE = "invoice-1"


@dataclass(frozen=True)
class Endpoint:
    """A route to add.

    Attributes:
        method: The HTTP method.
        path: The path.
        status: The HTTP status of a success.
        parameters: The names of the path's parameters by the names of the model's fields.
    """

    method: str
    path: str
    status: int
    parameters: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Return the route of a text such as `GET /invoices/{id}`.

        Raises:
            GenerateError: API Gateway or the kit doesn't accept the route.
        """
        method, _, path = text.strip().partition(" ")
        method, path = method.upper(), path.strip()
        if method not in STATUSES:
            raise GenerateError(
                f"{text!r}: the method is one of {', '.join(STATUSES)}, as in {FORM}"
            )
        parts = path.removeprefix("/").split("/")
        if not path.startswith("/") or (path != "/" and not all(map(PART.fullmatch, parts))):
            hint = re.sub(r":(\w+)|{(\w+)\+}", r"{\1\2}", path).strip("/")
            if not all(map(PART.fullmatch, hint.split("/"))):
                hint = "invoices"
            raise GenerateError(
                f"{text!r} is no route: write {FORM}, with parameters in braces and no slash at "
                f'the end, such as "{method} /{hint}"'
            )
        names = re.findall(r"{(\w+)}", path)
        parameters = {snake_case(name): name for name in names}
        for field, name in parameters.items():
            if keyword.iskeyword(field) or hasattr(BaseModel, field) or field.startswith("model_"):
                raise GenerateError(f"a model can't have the field {field!r}: rename {{{name}}}")
        if len(parameters) < len(names):
            raise GenerateError(f"{text!r} has a parameter twice: rename one")
        return cls(method, path, STATUSES[method], parameters)

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def has_body(self) -> bool:
        """Whether requests have a body."""
        return self.method in METHODS_WITH_BODY

    @property
    def body_field(self) -> str:
        """The field of the generated body."""
        return "note" if "reference" in self.parameters else "reference"

    @property
    def fields(self) -> dict[str, str]:
        """Example values of the response, by field."""
        body = {self.body_field: EXAMPLE} if self.has_body else {}
        return {**{field: f"{field}-1" for field in self.parameters}, **body}


def plan_http(function: NewFunction, text: str) -> None:
    """Plan a function behind a route.

    Raises:
        GenerateError: There is no API, or the route is invalid or taken.
    """
    endpoint = Endpoint.parse(text)
    remedy = f"`{function.service.update_command('api')}`"
    api = function.service.only("RestApi", function.stack, remedy=remedy)
    check_routes(function, endpoint)
    function.create_files("http", endpoint=endpoint, example=EXAMPLE)
    models = [f"{function.name.pascal}View"]
    if endpoint.has_body:
        models.insert(0, function.name.pascal)
    _add_models(function, endpoint)
    function.add_to_stack(
        function.stack or api.stack,
        "http",
        uses=[api],
        imports=[(module_of(CONTRACT), model) for model in models],
        endpoint=endpoint,
    )
    path = re.sub(r"{(\w+)}", "1", endpoint.path)
    body = f' \'{{"{endpoint.body_field}": "{EXAMPLE}"}}\'' if endpoint.has_body else ""
    function.finish(f'python3 dev.py local-call "{endpoint.method} {path}"{body}')


def _add_models(function: NewFunction, endpoint: Endpoint) -> None:
    plan = function.plan
    if not plan.exists(CONTRACT) or "class Contract" not in plan.text(CONTRACT):
        base = (add_import("pydantic", "BaseModel"), add_import("pydantic", "ConfigDict"))
        plan.edit(CONTRACT, *base, add_definition(CONTRACT_BASE), start=CONTRACT_START)
    edits = []
    if endpoint.has_body:
        edits += [add_import("typing", "Annotated"), add_import("pydantic", "Field")]
        body = function.render("contract_body", endpoint=endpoint, example=EXAMPLE)
        edits.append(add_definition(body))
    edits.append(add_definition(function.render("contract_view", endpoint=endpoint)))
    if not endpoint.fields:
        edits.append(add_import("typing", "Literal"))
    plan.edit(CONTRACT, *edits)


def check_routes(function: NewFunction, endpoint: Endpoint) -> None:
    """Check a new route against the routes of the API.

    Raises:
        GenerateError: The API has the route, or API Gateway doesn't allow both.
    """
    for route in function.service.routes():
        check_route(endpoint, route, handler=function.name.snake)


def check_route(endpoint: Endpoint, route: Route, *, handler: str) -> None:
    """Check a new route against a route of the API.

    Args:
        endpoint: The new route.
        route: The route of the API.
        handler: The new route's handler, which may already have the route.

    Raises:
        GenerateError: The API has the route, or API Gateway doesn't allow both.
    """
    if shape(endpoint.route) == route.shape and route.handler != handler:
        place = f"by {route.handler}" if route.handler else f"in {route.path}"
        raise GenerateError(
            f"{route.route} is there already {place}: choose another method or path"
        )
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
    parts, others = endpoint.path.split("/"), route.route.partition(" ")[2].split("/")
    for part, other in zip(parts, others, strict=False):
        if part != other:
            if part.startswith("{") and other.startswith("{"):
                raise GenerateError(
                    f"{endpoint.route}: API Gateway allows one parameter at a place, and "
                    f"{route.route} calls it {other}: write {other} here, or {part} there"
                )
            break
