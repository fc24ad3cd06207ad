# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The principles (guideline, 1)."""

from __future__ import annotations

from collections.abc import Iterable

from aws_guidelines.control import Control, Judgement, judge
from aws_guidelines.evidence import Evidence, policies
from aws_guidelines.evidence.kinds import FUNCTION, MACHINE

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
