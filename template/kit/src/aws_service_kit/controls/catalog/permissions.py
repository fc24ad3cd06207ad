"""IAM and permissions (guideline, 5.1 and 9.2)."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from aws_service_kit.controls.control import Control, Judgement, judge, judge_where, listed
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.access import grants
from aws_service_kit.controls.evidence.actions import NETWORK_INTERFACES
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.behaviour import Behaviour, behaviour
from aws_service_kit.controls.evidence.configuration import NOT_CHOSEN, TEAM, configured
from aws_service_kit.controls.evidence.kinds import FUNCTION
from aws_service_kit.controls.evidence.source import COMPONENTS, KIT, Source
from aws_service_kit.controls.evidence.values import Value, dig, items, texts
from aws_service_kit.controls.waivers import FILE

PAGE = "docs/architecture.md"
SHORTEST_REASON = 20
# The packages of rules that the app is held to.
PACKS = "cdk_nag"
ACCEPTANCE = re.compile(r"\[[^,\]]+, until (?P<until>\d{4}-\d\d-\d\d)\]$")

# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
FROM_CODE = {"Null": {"lambda:SourceFunctionArn": "false"}}

# What a service's roles are bounded by, where the organisation has no boundary of its own.
BOUNDARY = "operations/permissions-boundary.json"
CHANGES = (
    "cloudformation:UpdateStack",
    "dynamodb:DeleteTable",
    "ec2:RequestSpotFleet",
    "ec2:RunInstances",
    "events:PutTargets",
    "iam:CreateRole",
    "iam:PassRole",
    "lambda:UpdateFunctionCode",
    "s3:PutBucketPolicy",
    "ssm:SendCommand",
    "states:UpdateStateMachine",
)

# People come with roles of the organisation, and programs with their own.
USERS = (
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
)


class Behaves(Control):
    """A function may do what its tests show it doing: nothing less, and nothing more.

    What it lacks fails in the first request; what it doesn't use is there for whoever takes it
    over. The tests record the calls of the SDK (task `unit`). What no call shows, such as reading a
    queue or writing traces, is listed in `aws_service_kit/controls/evidence/actions.py`.

    Guideline: 5.1 and 9.2. https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """

    id = "S-I1.behaviour"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by the calls that its handler's tests made."""
        for function in evidence.resources(FUNCTION):
            yield judge(function, _difference(behaviour(evidence, function)))


class RulePacks(Control):
    """cdk-nag finds nothing; who accepts a finding says why, who answers for it, and until when.

    Its packs know hundreds of mistakes. A finding is mended, or acknowledged at the narrowest
    construct, with a reason that ends in `[OWNER, until YYYY-MM-DD]`. What a component accepts
    needs no end: it is reviewed with the guideline.

    Guideline: 9.2. https://github.com/cdklabs/cdk-nag
    """

    id = "S-I1.rule-packs"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the findings in cdk-nag's report, the accepted ones too."""
        verdict = evidence.verdicts.rule_packs()
        components = _said_by_components(evidence.source)
        # The report tells only of packs that found something.
        runs = any(
            f"from {PACKS} import" in evidence.source.text(path)
            for path in (*evidence.source.below(), *evidence.source.below(f"{KIT}/app"))
            if path.parts[0] != "tests"
        )
        yield Judgement("rule pack", PACKS, fault=verdict.fault if runs else "no pack is run")
        for report in verdict.content.get("pluginReports", []):
            for finding in report.get("violations", []):
                yield _found(finding, finding.get("description", "found"))
            for finding in report.get("suppressedViolations", []):
                reason = finding.get("reason", "")
                yield _found(finding, _unaccepted(reason, evidence.today, components))


class OwnNetworkOnly(Control):
    """By a function's role Lambda may make network interfaces, and the function's code may not.

    Lambda needs these permissions, for all resources; code that has them can leave the network.

    Guideline: 5.1 and 9.2. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """

    id = "S-I1.network-interfaces"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every role that allows them: it denies them to code."""
        allowed: dict[Resource, set[str]] = defaultdict(set)
        denied: dict[Resource, set[str]] = defaultdict(set)
        for statement in evidence.statements:
            actions = NETWORK_INTERFACES & set(statement.actions)
            if statement.allows and actions and statement.by_identity:
                allowed[statement.holder] |= actions
            elif statement.condition == FROM_CODE:
                denied[statement.holder] |= actions
        for holder, actions in allowed.items():
            free = sorted(actions - denied[holder])
            yield judge(holder, listed("allows code", free))


class Bounded(Control):
    """By the permissions boundary code uses what a service has, and changes nothing in the account.

    Every role of a service carries it, and an attacker in a function can do what it allows:
    change another service's function, deploy a stack with the stack's role, or start a server.
    Allow such actions to the role that deploys alone, by a condition on `aws:PrincipalArn`.

    Guideline: 5.1 and 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    id = "S-I1.boundary"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the boundary by the actions of `CHANGES`, one or two of each powerful service."""
        text = evidence.source.text(BOUNDARY)
        statements = json.loads(text)["Statement"] if text else ()
        for action in CHANGES if statements else ():
            free = any(_allows_code(statement, action) for statement in statements)
            yield Judgement("action", f"{BOUNDARY}: {action}", fault="code may" if free else "")


class OwnRole(Control):
    """No two functions share a role.

    A shared role may do what any of them needs, so each may do what only another needs.

    Guideline: 3.1 and 9.2.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """

    id = "S-I2.own-role"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by the role that it has."""
        users: dict[Resource, list[Resource]] = defaultdict(list)
        for function in evidence.resources(FUNCTION):
            for role in evidence.owners(function, "Role"):
                users[role].append(function)
        for role, functions in users.items():
            for function in functions:
                yield judge(function, f"shares {role.name}" if len(functions) > 1 else "")


class Documented(Control):
    """Every statement of a policy has an id that says what for.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
    """

    id = "S-I3.statement-ids"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every statement."""
        for statement in evidence.statements:
            holder = statement.holder
            named = f"{holder.name}:{statement.sid}"
            fault = "" if statement.sid else "a statement has no id"
            yield Judgement("statement", named, holder.environment, fault)


class Listed(Control):
    """A page that is made from the templates lists what every role may do.

    A policy that can be read only in CloudFormation is read by nobody. The task `derive` writes it.

    Guideline: 9.2.
    """

    id = "S-I3.listed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the statements of roles: each id stands on the page."""
        page = evidence.source.text(PAGE)
        for statement in evidence.statements:
            if statement.by_identity and statement.sid:
                fault = "" if f"`{statement.sid}`" in page else f"{PAGE} doesn't tell of it"
                named = f"{statement.holder.name}:{statement.sid}"
                yield Judgement("statement", named, statement.holder.environment, fault)


class CrossAccount(Control):
    """Nobody outside of the account is let in, unless their account is on the list.

    This goes for every policy that names a principal, in whatever resource it is written, for who
    may assume a role, and for properties such as the principal of a permission. A service of AWS
    acts for every account's resources: say which one's (`aws:SourceArn`, `aws:SourceAccount`). A
    condition counts if it says who: not `aws:SecureTransport`, nor a value of `*`.

    List an account in `guidelines.toml`: `[accounts]`, its id or an organisation's in quotes, and
    who it is.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    id = "S-I4.cross-account"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge everything that says who may use a resource or assume a role."""
        allowed = set(evidence.source.toml(FILE).get("accounts", {}))
        for grant in grants(evidence.assembly):
            foreign = sorted(grant.outsiders - allowed)
            fault = grant.fault or listed("lets in", foreign)
            yield judge_where(evidence, grant.holder, fault)


class PreviewsAccount(Control):
    """Pull requests are tried out in an account without staging's or production's data.

    Who can push a branch can deploy to the account of the previews, before it is reviewed.
    Give them an account of their own, or dev's: `previews.account` in the configuration.

    Guideline: 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_multi_accounts.html
    """

    id = "S-I4.previews"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the account of the previews, if it is chosen."""
        accounts = {
            name: configured(evidence.source, *path, "account")
            for name, path in {
                "previews": ("previews",),
                "staging": ("environments", "staging"),
                "production": ("environments", "prod"),
            }.items()
        }
        previews = accounts.pop("previews")
        if previews not in {None, NOT_CHOSEN}:
            shared = [name for name, account in accounts.items() if account == previews]
            fault = f"is {shared[0]}'s: name another account, dev's at the most" if shared else ""
            yield Judgement("account", f"{TEAM}: previews.account", fault=fault)


class NoUsers(Control):
    """The service makes no users of IAM, whom nobody would ask for a second factor.

    People come through the organisation's identity provider, programs with roles. Whether the
    people of the account have a second factor, its credential report tells: `operations/` gathers
    it.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """

    id = "S-I5.no-users"
    by_people = "whether people have a second factor is in the account's credential report"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge users, groups and keys: there are none."""
        for resource in evidence.resources(*USERS):
            yield judge(resource, "people come with roles of the organisation")


def _difference(seen: Behaviour) -> str:
    if seen.fault:
        return seen.fault
    missing = listed("isn't allowed", sorted(seen.missing))
    unused = listed("never uses", sorted(seen.unused))
    return "; ".join(filter(None, (missing, unused)))


def _allows_code(statement: Mapping[str, Any], action: str) -> bool:
    """Return whether a statement allows an action, whichever role asks."""
    named = [name for keys in statement.get("Condition", {}).values() for name in keys]
    if statement["Effect"] != "Allow" or "aws:principalarn" in map(str.lower, named):
        return False
    patterns = texts(statement.get("Action", statement.get("NotAction")))
    matches = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
    return matches is ("Action" in statement)


def _found(finding: Mapping[str, Value], fault: str) -> Judgement:
    constructs = items(finding.get("violatingConstructs"))
    path = str(dig(constructs[0], "constructPath")) if constructs else ""
    return Judgement("finding", f"{finding['ruleName']} at {path}", fault=fault)


def _unaccepted(reason: str, today: date, components: Collection[str]) -> str:
    """Tell why a reason accepts nothing; empty if it does."""
    if len(reason) < SHORTEST_REASON:
        return "is accepted without a reason"
    end = ACCEPTANCE.search(reason)
    if end is None:
        theirs = any(said in reason for said in components)
        return "" if theirs else "is accepted by nobody, and for ever"
    return "" if end["until"] >= str(today) else f"was accepted until {end['until']}"


def _said_by_components(source: Source) -> set[str]:
    """Give the texts in components that are long enough to be a reason.

    What the kit's accept is reviewed with the guideline.
    """
    return {
        node.value
        for path in source.below(*COMPONENTS)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) >= SHORTEST_REASON
    }
