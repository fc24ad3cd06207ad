"""Make an OpenAPI document from the routes of an API and their models."""

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from aws_service_kit.app.model_schemas import Json, Use, schemas_of
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.api import STAGE_NAME
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.gateway_responses import CORRELATION_HEADER
from aws_service_kit.constructs.route import RequestParameter, Route
from aws_service_kit.controls.evidence.assembly import OPENAPI
from aws_service_kit.runtime.problem import MEDIA_TYPE, Problem

# Error responses of any request, by API Gateway or by the handler's error taxonomy.
ALWAYS = (403, 429, 500, 502, 503, 504)
WITH_AUTHENTICATION = (401,)
WITH_INPUT = (400,)
WITH_BODY = (413, 415)
WITH_SIGNATURE = (413,)

RESPONSE_HEADERS: Json = {CORRELATION_HEADER: {"schema": {"type": "string"}}}
CORRELATION = RequestParameter(description="Repeated in the response and in every log line.")
PROBLEM: Json = {"$ref": "#/components/responses/Problem"}

SECURITY_SCHEMES: Mapping[str, Json] = {
    "iam": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4, for the service `execute-api`.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "cognito": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The id token of the service's Cognito user pool.",
    },
}


def document(config: ServiceConfig, routes: Iterable[Route]) -> Json:
    """Return the OpenAPI 3.1 document of an API.

    Args:
        config: The service's configuration.
        routes: The API's routes.

    Returns:
        The document, which is deterministic.
    """
    routes = list(routes)
    references, schemas = _schemas(routes)
    authentication = config.api.authentication
    paths: dict[str, Json] = {}
    for route in routes:
        operation = _operation(route, references, config.api.max_body_kb)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": config.service.name,
            "description": config.service.description,
            "version": STAGE_NAME.removeprefix("v"),
            "contact": {"name": config.service.owner, "email": config.service.contact_email},
        },
        "servers": _servers(config),
        "security": [{authentication: []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Problem": _problem(references)},
            "securitySchemes": {authentication: _security_scheme(config)},
        },
    }


def text(config: ServiceConfig, environment: ServiceEnvironment) -> str | None:
    """Return the OpenAPI document of a built environment as text; None without an API."""
    if not environment.apis:
        return None
    return json.dumps(document(config, environment.apis[0].routes), indent=2, sort_keys=True) + "\n"


def write(folder: Path, config: ServiceConfig, environment: ServiceEnvironment) -> None:
    """Write the OpenAPI document of a built environment into its assembly, if it has an API."""
    path = folder / OPENAPI
    path.unlink(missing_ok=True)
    written = text(config, environment)
    if written is not None:
        path.write_text(written, encoding="utf-8")


def _servers(config: ServiceConfig) -> list[Json]:
    """Return the environments' custom domains, prod's first, or else API Gateway's domain."""
    servers = [
        {"url": environment.domain.url, "description": name}
        for name, environment in reversed(config.environments.items())
        if environment.domain is not None
    ]
    if config.environments["prod"].domain is not None:
        return servers
    default_endpoint = {
        "url": f"https://{{api}}.execute-api.{{region}}.amazonaws.com/{STAGE_NAME}",
        "variables": {
            "api": {"default": "api-id"},
            "region": {"default": config.environments["prod"].region},
        },
    }
    return [default_endpoint, *servers]


def _security_scheme(config: ServiceConfig) -> Json:
    scheme = SECURITY_SCHEMES[config.api.authentication]
    pool = config.environments["prod"].user_pool
    if config.api.authentication == "iam" or pool is None:
        return scheme
    token = "id token" if pool.scope is None else f"access token with the scope `{pool.scope}`"
    return {**scheme, "description": f"An {token} of the Cognito user pool `{pool.id}`."}


def _schemas(routes: Iterable[Route]) -> tuple[dict[Use, Json], Json]:
    """Return a reference to the schema of each use of a model, and the schemas by name."""
    uses: dict[Use, None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.body is not None:
            uses[route.body, "validation"] = None
        for model in route.responses.values():
            if model is not None:
                uses[model, "serialization"] = None
    return schemas_of(uses, "#/components/schemas/{model}")


def _operation(route: Route, references: Mapping[Use, Json], max_body_kb: int) -> Json:
    operation: Json = {
        "operationId": route.operation[0].lower() + route.operation[1:],
        "summary": re.sub(r"(?<!^)(?=[A-Z])", " ", route.operation).capitalize(),
        "parameters": _parameters(route),
        "responses": _responses(route, references),
    }
    if route.body is not None:
        schema = references[route.body, "validation"]
        operation["requestBody"] = {
            "description": f"At most {max_body_kb * 1024} bytes.",
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    if route.public:
        operation["security"] = []
    return operation


def _parameters(route: Route) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.path_parameters
    ]
    headers = {CORRELATION_HEADER: CORRELATION, **route.headers}
    return [*in_path, *_described("query", route.query), *_described("header", headers)]


def _described(
    location: Literal["query", "header"], parameters: Mapping[str, RequestParameter]
) -> list[Json]:
    return [
        {
            "name": name,
            "in": location,
            "required": parameter.required,
            "description": parameter.description,
            "schema": dict(parameter.json_schema),
        }
        for name, parameter in parameters.items()
    ]


def _responses(route: Route, references: Mapping[Use, Json]) -> Json:
    models: dict[int, type[BaseModel] | None] = dict.fromkeys(_error_statuses(route), Problem)
    models |= route.responses
    return {
        str(status): PROBLEM if model is Problem else _response(status, model, references)
        for status, model in models.items()
    }


def _error_statuses(route: Route) -> tuple[int, ...]:
    has_input = route.body or route.query or route.headers or route.path_parameters
    return (
        *ALWAYS,
        *(WITH_AUTHENTICATION if route.signed or not route.public else ()),
        *(WITH_INPUT if has_input or route.signed else ()),
        *(WITH_BODY if route.body else WITH_SIGNATURE if route.signed else ()),
    )


def _response(status: int, model: type[BaseModel] | None, references: Mapping[Use, Json]) -> Json:
    response: Json = {"description": HTTPStatus(status).phrase, "headers": RESPONSE_HEADERS}
    if model is not None:
        schema = references[model, "serialization"]
        response["content"] = {"application/json": {"schema": schema}}
    return response


def _problem(references: Mapping[Use, Json]) -> Json:
    return {
        "description": "Problem details (RFC 9457).",
        "headers": RESPONSE_HEADERS,
        "content": {MEDIA_TYPE: {"schema": references[Problem, "serialization"]}},
    }
