"""Requests to an API: callers, their authentication, and the functions of routes."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside
from aws_service_kit.docs.architecture.values import Reference
from aws_service_kit.runtime.environment_variables import WEBHOOK_SECRET_ARN

AUTHENTICATION = {"AWS_IAM": "IAM", "COGNITO_USER_POOLS": "Cognito", "CUSTOM": "an authorizer"}
NO_AUTHORIZATION = "NONE"
# Parts that link two resources: their type, the properties that refer to the two resources, and the
# label of the flow from the first to the second.
LINKS = (
    ("AWS::ApiGateway::Authorizer", "ProviderARNs", "RestApiId", "authenticates callers"),
    ("AWS::ApiGateway::BasePathMapping", "DomainName", "RestApiId", "routes to it"),
    ("AWS::WAFv2::WebACLAssociation", "WebACLArn", "ResourceArn", "filters"),
)


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield the flows to and from every REST API."""
    for method in assembly.resources("AWS::ApiGateway::Method"):
        yield from _route(assembly, method)
    for resource_type, source, target, label in LINKS:
        for link in assembly.resources(resource_type):
            for start in assembly.shown_by(link.get(source)):
                for end in assembly.shown_by(link.get(target)):
                    yield Flow(start, end, "calls", label)


def _route(assembly: Assembly, method: Resource) -> Iterator[Flow]:
    # A method without a function is a mock integration: CORS.
    targets = assembly.shown_by(method.get("Integration", "Uri"))
    authorization = assembly.text(method.get("AuthorizationType"))
    route = f"{assembly.text(method.get('HttpMethod'))} {_path(assembly, method)}"
    if authorization == NO_AUTHORIZATION:
        route += " (signed)" if any(map(_is_webhook, targets)) else " (public)"
    for target in targets:
        api = assembly.owner(method)
        if authorization != NO_AUTHORIZATION:
            label = AUTHENTICATION.get(authorization, authorization)
            yield Flow(Outside.CALLERS, api, "calls", label)
        yield Flow(api, target, "calls", route)


def _is_webhook(function: Resource) -> bool:
    return function.get("Environment", "Variables", WEBHOOK_SECRET_ARN) is not None


def _path(assembly: Assembly, method: Resource) -> str:
    parts: list[str] = []
    at = method.get("ResourceId")
    while isinstance(at, Reference) and at.attribute != "RootResourceId":
        (resource,) = assembly.named_by(at)
        parts.insert(0, assembly.text(resource.get("PathPart")))
        at = resource.get("ParentId")
    return "/" + "/".join(parts)
