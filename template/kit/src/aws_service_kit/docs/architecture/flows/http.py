"""What comes in through an API: callers, who they are, and the functions behind its routes."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside
from aws_service_kit.docs.architecture.values import Reference

AUTHENTICATION = {"AWS_IAM": "IAM", "COGNITO_USER_POOLS": "Cognito", "CUSTOM": "an authorizer"}
NOBODY = "NONE"


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield what leads to and from every REST API."""
    for method in assembly.resources("AWS::ApiGateway::Method"):
        yield from _route(assembly, method)
    for authorizer in assembly.resources("AWS::ApiGateway::Authorizer"):
        for pool in assembly.shown_by(authorizer.get("ProviderARNs")):
            for api in assembly.shown_by(authorizer.get("RestApiId")):
                yield Flow(pool, api, "calls", "knows its callers")
    for association in assembly.resources("AWS::WAFv2::WebACLAssociation"):
        for firewall in assembly.shown_by(association.get("WebACLArn")):
            for protected in assembly.shown_by(association.get("ResourceArn")):
                yield Flow(firewall, protected, "calls", "filters")


def _route(assembly: Assembly, method: Resource) -> Iterator[Flow]:
    # A method without a target answers by itself: CORS.
    targets = assembly.shown_by(method.get("Integration", "Uri"))
    authorization = assembly.text(method.get("AuthorizationType"))
    route = f"{assembly.text(method.get('HttpMethod'))} {_path(assembly, method)}"
    if authorization == NOBODY:
        route += " (public)"
    for target in targets:
        api = assembly.owner(method)
        if authorization != NOBODY:
            proof = AUTHENTICATION.get(authorization, authorization)
            yield Flow(Outside.CALLERS, api, "calls", proof)
        yield Flow(api, target, "calls", route)


def _path(assembly: Assembly, method: Resource) -> str:
    parts: list[str] = []
    at = method.get("ResourceId")
    while isinstance(at, Reference) and at.attribute != "RootResourceId":
        (resource,) = assembly.named_by(at)
        parts.insert(0, assembly.text(resource.get("PathPart")))
        at = resource.get("ParentId")
    return "/" + "/".join(parts)
