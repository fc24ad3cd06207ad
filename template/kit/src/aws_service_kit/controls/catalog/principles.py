"""The principles (guideline, 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_service_kit.controls.control import Control, Judgement, judge, judge_where, listed
from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.kinds import (
    API,
    API_METHOD,
    API_STAGE,
    FUNCTION,
    GLOBAL_TABLE,
    HTTP_API,
    HTTP_ROUTE,
    LOG_GROUP,
    MACHINE,
    TABLE,
)
from aws_service_kit.controls.evidence.openings import openings
from aws_service_kit.controls.evidence.values import Value, dig, items, number

# What runs, and is paid for, whether anybody asks or not.
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

# What an OpenAPI document has below a path beside descriptions; OPTIONS aside, as everywhere.
HTTP_METHODS = ("delete", "get", "head", "patch", "post", "put", "x-amazon-apigateway-any-method")


class Serverless(Control):
    """Whatever computes, or keeps data, scales to nothing.

    A server is patched, watched and paid for at night. A waiver keeps the decision for one.

    Guideline: 1.
    https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/welcome.html
    """

    id = "P1.serverless"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what computes: functions and workflows are well, servers aren't."""
        for resource in evidence.resources(FUNCTION, MACHINE):
            yield judge(resource)
        for server in evidence.resources(*SERVERS):
            yield judge(server, "runs whether anybody asks or not")


class EventDriven(Control):
    """No function waits for another.

    Who waits pays for both, fails with the other, and hides it. Send an event or a message, or let
    a workflow call both.

    Guideline: 1.
    https://docs.aws.amazon.com/lambda/latest/operatorguide/functions-calling-functions.html
    """

    id = "P2.no-calls"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by whether it may invoke one."""
        for function in evidence.resources(FUNCTION):
            calls = any(
                action.lower() in {"lambda:invokefunction", "lambda:*"}
                for role in evidence.owners(function, "Role")
                for statement in policies.of_role(evidence.assembly, role)
                if statement.allows
                for action in statement.actions
            )
            yield judge(function, "may invoke a function" if calls else "")


class AuthenticatedApi(Control):
    """Every route asks who calls, but for `health`, which tells nothing.

    Guideline: 5 and 9.2.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
    """

    id = "P3.authenticated"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the APIs: at most their health is public."""
        for api in evidence.resources(API, HTTP_API):
            routes = _public_routes(evidence, api)
            more = sorted({path for path in routes if path != "health"})
            yield judge(api, listed("anybody may call", more))


class NotPublic(Control):
    """Nothing but the API is open to the internet: no URL, network, bucket, key or sign-up.

    An entry point beside the API has neither its authentication nor its limits, logs and firewall.
    Remove what opens it. What is meant to be public needs a waiver, with a reason and an owner, in
    `guidelines.toml`. The properties and types are listed in
    `aws_service_kit/controls/evidence/openings.py`; policies are the matter of S-I4.

    Guideline: 1 and 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_analyze_cross_account.html
    """

    id = "P3.not-public"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that could be open to the internet."""
        for resource in evidence.assembly.all:
            found = openings(resource)
            if found is not None:
                fault = listed("is open to the internet:", found)
                yield judge_where(evidence, resource, fault)


class OnDemand(Control):
    """What isn't used isn't paid: tables are billed by request, and each API has a limit.

    Guideline: 1 and 9.4.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
    """

    id = "P4.on-demand"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge tables, and the stages of APIs."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            on_demand = table.get("BillingMode") == "PAY_PER_REQUEST"
            yield judge(table, "" if on_demand else "is paid for whether it is used or not")
        for stage in evidence.resources(API_STAGE):
            limited = any(
                number(dig(setting, "ThrottlingRateLimit"))
                for setting in items(stage.get("MethodSettings"))
            )
            yield judge(stage, "" if limited else "takes any number of requests")


class OwnLogs(Control):
    """Every function writes into a log group that its template makes.

    One that Lambda makes by itself has neither an end nor tags, and stays when the function goes.

    Guideline: 3.2 and 9.3.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """

    id = "P5.own-logs"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            groups = evidence.owners(function, "LoggingConfig", "LogGroup")
            own = any(group.type == LOG_GROUP for group in groups)
            yield judge(function, "" if own else "logs into a group that Lambda makes")


def _public_routes(evidence: Evidence, api: Resource) -> Iterator[str]:
    """Yield the paths that don't ask who calls, however the API's routes are written."""
    for method in evidence.assembly.near(api, API_METHOD):
        if api in evidence.owners(method, "RestApiId") and _is_public(method, "HttpMethod"):
            parts = evidence.owners(method, "ResourceId")
            yield next((text(part.get("PathPart")) for part in parts), "")
    for route in evidence.assembly.near(api, HTTP_ROUTE):
        key = text(route.get("RouteKey"))
        # Of a WebSocket only the connection can ask; its messages are of who was let in.
        asks = api.get("ProtocolType") != "WEBSOCKET" or key == "$connect"
        if asks and api in evidence.owners(route, "ApiId") and _is_public(route, "RouteKey"):
            yield key.partition(" /")[2] or key
    document = api.get("Body")
    paths = dig(document, "paths")
    for path, methods in paths.items() if isinstance(paths, dict) else ():
        for name, operation in methods.items() if isinstance(methods, dict) else ():
            if name in HTTP_METHODS and not _is_secured(document, operation):
                yield path.removeprefix("/")


def _is_public(route: Resource, method: str) -> bool:
    # Browsers ask by OPTIONS what they may, before they say who they are.
    unnamed = route.get("AuthorizationType") in {None, "NONE"}
    return unnamed and not text(route.get(method)).startswith("OPTIONS")


def _is_secured(document: Value, operation: Value) -> bool:
    """Return whether an operation of an OpenAPI document asks who calls.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html
    """
    own = dig(operation, "x-amazon-apigateway-auth", "type")
    stated = dig(operation, "security")
    secured = items(dig(document, "security") if stated is None else stated)
    return own not in {None, "NONE"} or bool(secured)
