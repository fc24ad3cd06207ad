"""The principles (guideline, 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_service_kit.controls.control import (
    Control,
    Judgement,
    judge,
    judge_each,
    judge_each_where,
)
from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.configuration import configured, place_of
from aws_service_kit.controls.evidence.object_notifications import notifications
from aws_service_kit.controls.evidence.public_access import openings
from aws_service_kit.controls.evidence.resource_types import (
    API,
    API_METHOD,
    API_STAGE,
    FUNCTION,
    GLOBAL_TABLE,
    HTTP_API,
    HTTP_ROUTE,
    LOG_GROUP,
    STATE_MACHINE,
    TABLE,
)
from aws_service_kit.controls.evidence.values import Value, dig, items, number
from aws_service_kit.controls.evidence.webhooks import verifies_signatures
from aws_service_kit.controls.organisation import ORGANISATION

# Types that run and cost money without requests.
SERVERS = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::ECS::Service",
    "AWS::EKS::Cluster",
    "AWS::ElastiCache::CacheCluster",
    "AWS::MSK::Cluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBInstance",
)

# The region of a stack that may be deployed to any.
UNKNOWN_REGION = "unknown-region"
# The operations of a path in an OpenAPI document. OPTIONS is always public.
HEALTH = "/health"
PATH_PART = "AWS::ApiGateway::Resource"
HTTP_METHODS = ("delete", "get", "head", "patch", "post", "put", "x-amazon-apigateway-any-method")


class Serverless(Control):
    """Compute and data stores scale to zero.

    Servers need patches and monitoring, and cost money while they are idle. A waiver documents the
    decision for one.

    Guideline: 1.
    https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/welcome.html
    """

    id = "P1.serverless"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge compute resources and data stores: servers are faults."""
        for resource in evidence.resources(FUNCTION, STATE_MACHINE):
            yield judge(resource)
        for server in evidence.resources(*SERVERS):
            yield judge(server, "runs without requests")


class EventDriven(Control):
    """No function invokes another function synchronously.

    A waiting function costs twice, fails with the other one, and hides the cause. Send an event or
    a message, or let a workflow invoke both.

    Guideline: 1.
    https://docs.aws.amazon.com/lambda/latest/operatorguide/functions-calling-functions.html
    """

    id = "P2.no-calls"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by its permission to invoke functions."""
        for function in evidence.resources(FUNCTION):
            calls = any(
                action.lower() in {"lambda:invokefunction", "lambda:*"}
                for role in evidence.owners(function, "Role")
                for statement in policies.of_role(evidence.assembly, role)
                if statement.allows
                for action in statement.actions
            )
            yield judge(function, "may invoke a function" if calls else "")


class NoLoops(Control):
    """No function writes objects where a notification about a new object invokes it again.

    Such a function invokes itself until the team stops it, and each invocation costs money. Write
    to another prefix or another bucket.

    Guideline: 1.
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    """

    id = "P2.no-loops"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every rule about a bucket's objects, and the functions behind it."""
        for notification in notifications(evidence):
            loops = notification.loops(evidence)
            phrase = "notifies a function of objects that it writes:"
            yield from judge_each(judge(notification.rule), phrase, loops)


class AuthenticatedApi(Control):
    """Every route requires authentication, except `health`, which returns no data.

    A webhook's sender can use neither IAM nor Cognito. Its route is authenticated if the function's
    handler is the kit's `webhook`, which verifies the signature of each request with a secret.

    Guideline: 5 and 9.2.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
    """

    id = "P3.authenticated"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the APIs: only their health route may be public."""
        for api in evidence.resources(API, HTTP_API):
            routes = sorted(set(_public_routes(evidence, api)))
            yield from judge_each(judge(api), "no authentication for", routes)


class NotPublic(Control):
    """Only the API is open to the internet: no URL, network, bucket, key or sign-up.

    Other entry points lack the API's authentication, limits, logs and firewall. Remove the property
    that opens the resource. An intended one needs a waiver with a reason and an owner in
    `guidelines.toml`. The properties and types are listed in
    `aws_service_kit/controls/evidence/public_access.py`; control S-I4 checks policies.

    Guideline: 1 and 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_analyze_cross_account.html
    """

    id = "P3.not-public"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that could be open to the internet."""
        for resource in evidence.assembly.all:
            found = openings(resource)
            if found is not None:
                yield from judge_each_where(evidence, resource, "is open to the internet:", found)


class AllowedRegions(Control):
    """Stacks are deployed only to regions that the organisation allows.

    The organisation has agreed to keep data in these regions, and monitors them with policies and
    alarms. `allowed_regions` in `aws_service_kit/controls/organisation.toml` lists them. Resources
    can't move: a service that already runs in another region needs a waiver in `guidelines.toml`.

    Guideline: 1.
    https://docs.aws.amazon.com/controltower/latest/userguide/region-deny.html
    """

    id = "P3.regions"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every region of every environment, and the previews'."""
        found = {
            (resource.environment, resource.region)
            for resource in evidence.assembly.all
            if resource.region not in {"", UNKNOWN_REGION}
        }
        for environment, region in sorted(found):
            fault = _forbidden_region(evidence, region, "environments", environment, "region")
            yield Judgement("region", f"{environment}/{region}", environment, fault)
        previews = configured(evidence.source, "previews", "region")
        if previews is not None:
            fault = _forbidden_region(evidence, previews, "previews", "region")
            yield Judgement("region", f"previews/{previews}", "previews", fault)


class OnDemand(Control):
    """Capacity is on demand: tables are billed per request, and each API has a rate limit.

    Guideline: 1 and 9.4.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
    """

    id = "P4.on-demand"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge tables and the stages of APIs."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            on_demand = table.get("BillingMode") == "PAY_PER_REQUEST"
            yield judge(table, "" if on_demand else "has provisioned capacity")
        for stage in evidence.resources(API_STAGE):
            limited = any(
                number(dig(setting, "ThrottlingRateLimit"))
                for setting in items(stage.get("MethodSettings"))
            )
            yield judge(stage, "" if limited else "has no rate limit")


class DedicatedLogGroups(Control):
    """Every function has a log group in its template.

    A log group that Lambda creates has neither a retention nor tags, and outlives the function.

    Guideline: 3.2 and 9.3.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """

    id = "P5.own-logs"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            groups = evidence.owners(function, "LoggingConfig", "LogGroup")
            dedicated = any(group.type == LOG_GROUP for group in groups)
            yield judge(function, "" if dedicated else "has no log group in the template")


def _forbidden_region(evidence: Evidence, region: str, *path: str) -> str:
    """Return why a region isn't allowed, with the place that chose it; empty if it is allowed."""
    allowed = ORGANISATION.allowed_regions
    if region in allowed:
        return ""
    place = place_of(evidence.source, *path)
    where = f" ({place})" if place else ""
    return f"isn't one of the organisation's{where}: choose {' or '.join(allowed)}, or waive it"


def _public_routes(evidence: Evidence, api: Resource) -> Iterator[str]:
    """Yield the routes without authentication, in every form of an API's routes, except health."""
    yield from _public_methods(evidence, api)
    for route in evidence.assembly.near(api, HTTP_ROUTE):
        key = text(route.get("RouteKey"))
        # A WebSocket authenticates only the connection; its messages come from that caller.
        authenticates = api.get("ProtocolType") != "WEBSOCKET" or key == "$connect"
        public = (
            authenticates
            and api in evidence.owners(route, "ApiId")
            and _is_public(route, "RouteKey")
        )
        if public and not key.endswith(f" {HEALTH}"):
            yield key
    document = api.get("Body")
    paths = dig(document, "paths")
    for path, methods in paths.items() if isinstance(paths, dict) else ():
        for name, operation in methods.items() if isinstance(methods, dict) else ():
            if name in HTTP_METHODS and path != HEALTH and not _is_secured(document, operation):
                yield f"{'ANY' if name.startswith('x-') else name.upper()} {path}"


def _public_methods(evidence: Evidence, api: Resource) -> Iterator[str]:
    """Yield the methods of a REST API without authentication, except those of health."""
    for method in evidence.assembly.near(api, API_METHOD):
        ours = api in evidence.owners(method, "RestApiId")
        if ours and _is_public(method, "HttpMethod") and not _is_signed(evidence, method):
            path = _path(evidence, method, "ResourceId")
            if not path.endswith(HEALTH):
                yield f"{text(method.get('HttpMethod'))} {path}"


def _path(evidence: Evidence, part: Resource, parent: str) -> str:
    """Return the path of a REST API's method or of a part of a path.

    Args:
        evidence: The evidence of the repository.
        part: The method, or the part.
        parent: The property that refers to the previous part.
    """
    for before in evidence.owners(part, parent):
        if before.type == PATH_PART:
            beginning = _path(evidence, before, "ParentId").removesuffix("/")
            return f"{beginning}/{text(before.get('PathPart'))}"
    return "/"


def _is_public(route: Resource, method: str) -> bool:
    # Browsers send OPTIONS (CORS preflight) without credentials.
    unnamed = route.get("AuthorizationType") in {None, "NONE"}
    return unnamed and not text(route.get(method)).startswith("OPTIONS")


def _is_signed(evidence: Evidence, method: Resource) -> bool:
    functions = evidence.owners(method, "Integration", "Uri")
    return bool(functions) and all(verifies_signatures(evidence, each) for each in functions)


def _is_secured(document: Value, operation: Value) -> bool:
    """Return whether an operation of an OpenAPI document requires authentication.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html
    """
    aws_type = dig(operation, "x-amazon-apigateway-auth", "type")
    stated = dig(operation, "security")
    secured = items(dig(document, "security") if stated is None else stated)
    return aws_type not in {None, "NONE"} or bool(secured)
