# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The principles (guideline, 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_guidelines.control import Control, Judgement, judge, listed
from aws_guidelines.evidence import Evidence, policies
from aws_guidelines.evidence.assembly import Resource, text
from aws_guidelines.evidence.kinds import (
    API,
    API_STAGE,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    MACHINE,
    TABLE,
)
from aws_guidelines.evidence.values import dig, items, number

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
        for api in evidence.resources(API):
            public = [
                path
                for path, method in _routes(evidence, api)
                if method.get("AuthorizationType") == "NONE"
                and method.get("HttpMethod") != "OPTIONS"
            ]
            more = sorted(path for path in public if path != "health")
            yield judge(api, listed("anybody may call", more))


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


def _routes(evidence: Evidence, api: Resource) -> Iterator[tuple[str, Resource]]:
    for method in evidence.assembly.near(api, "AWS::ApiGateway::Method"):
        if api in evidence.owners(method, "RestApiId"):
            parts = evidence.owners(method, "ResourceId")
            yield next((text(part.get("PathPart")) for part in parts), ""), method
