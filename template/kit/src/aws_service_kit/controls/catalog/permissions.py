"""IAM and permissions (guideline, 5.1 and 9.2)."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from aws_service_kit.controls.control import (
    Control,
    Judgement,
    judge,
    judge_each,
    judge_each_where,
)
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.actions import NETWORK_INTERFACES
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.configuration import NOT_CHOSEN, TEAM, configured
from aws_service_kit.controls.evidence.grants import grants
from aws_service_kit.controls.evidence.iam_usage import behaviour
from aws_service_kit.controls.evidence.resource_types import FUNCTION
from aws_service_kit.controls.evidence.source import COMPONENTS, KIT, Source
from aws_service_kit.controls.evidence.values import Value, dig, items, texts
from aws_service_kit.controls.waivers import FILE

DOCUMENT = "docs/architecture.md"
SHORTEST_REASON = 20
# The rule packs that the app must pass.
PACKS = "cdk_nag"
ACCEPTANCE = re.compile(r"\[[^,\]]+, until (?P<until>\d{4}-\d\d-\d\d)\]$")

# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
FROM_CODE = {"Null": {"lambda:SourceFunctionArn": "false"}}

# The permissions boundary of services whose organisation has none.
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

# People use roles of the organisation, and programs use their roles.
USERS = (
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
)


class Behaves(Control):
    """A function's permissions equal the SDK calls in its tests.

    A missing permission fails in the first request; an unused one helps an attacker. The task
    `unit` collects the SDK calls of the tests. `aws_service_kit/controls/evidence/actions.py` lists
    permissions that Lambda itself uses, such as those for reading a queue or writing traces.

    Guideline: 5.1 and 9.2. https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """

    id = "S-I1.behaviour"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by the calls that its handler's tests made."""
        for function in evidence.resources(FUNCTION):
            seen = behaviour(evidence, function)
            if seen.fault:
                yield judge(function, seen.fault)
                continue
            yield from judge_each(judge(function), "isn't allowed", sorted(seen.missing))
            yield from judge_each(judge(function), "never uses", sorted(seen.unused))


class RulePacks(Control):
    """cdk-nag has no findings, except acknowledged ones with a reason, an owner and a last day.

    Fix a finding, or acknowledge it at the narrowest construct with a reason that ends in
    `[OWNER, until YYYY-MM-DD]`. Acknowledgements in components need no last day: they are reviewed
    with the guideline.

    Guideline: 9.2. https://github.com/cdklabs/cdk-nag
    """

    id = "S-I1.rule-packs"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the findings in cdk-nag's report, including acknowledged ones."""
        verdict = evidence.verdicts.rule_packs()
        components = _reasons_of_components(evidence.source)
        # The report contains only packs with findings.
        runs = any(
            f"from {PACKS} import" in evidence.source.text(path)
            for path in (*evidence.source.below(), *evidence.source.below(f"{KIT}/app"))
            if path.parts[0] != "tests"
        )
        yield Judgement("rule pack", PACKS, fault=verdict.fault if runs else "no pack is run")
        for report in verdict.content.get("pluginReports", []):
            for finding in report.get("violations", []):
                yield from _found(finding, finding.get("description", "found"))
            for finding in report.get("suppressedViolations", []):
                reason = finding.get("reason", "")
                yield from _found(finding, _unaccepted(reason, evidence.today, components))


class NetworkInterfaces(Control):
    """Lambda may create network interfaces with a function's role; the function's code may not.

    Lambda needs these permissions on all resources. Code with these permissions can leave the
    network.

    Guideline: 5.1 and 9.2. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """

    id = "S-I1.network-interfaces"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every role with these permissions: it must deny them to code."""
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
            yield from judge_each(judge(holder), "allows code", free)


class Bounded(Control):
    """The permissions boundary lets code use a service's resources, but not change the account.

    Every role of a service has the boundary. An attacker in a function can use every permission of
    it: change another service's function, deploy a stack with the stack's role, or start a server.
    Allow such actions only to the deployment role, with a condition on `aws:PrincipalArn`.

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


class DedicatedRoles(Control):
    """Every function has a dedicated role.

    A shared role has the permissions of all its functions.

    Guideline: 3.1 and 9.2.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """

    id = "S-I2.own-role"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function by its role."""
        users: dict[Resource, list[Resource]] = defaultdict(list)
        for function in evidence.resources(FUNCTION):
            for role in evidence.owners(function, "Role"):
                users[role].append(function)
        for role, functions in users.items():
            for function in functions:
                yield judge(function, f"shares {role.name}" if len(functions) > 1 else "")


class Documented(Control):
    """Every statement of a policy has an id that states its purpose.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
    """

    id = "S-I3.statement-ids"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every statement."""
        for statement in evidence.statements:
            holder = statement.holder
            judgement = Judgement("statement", f"{holder.name}:{statement.sid}", holder.environment)
            unnamed = [] if statement.sid else [" ".join(statement.actions)]
            yield from judge_each(judgement, "no id for", unnamed)


class Listed(Control):
    """A document derived from the templates lists the permissions of every role.

    The task `derive` writes it, so that permissions can be reviewed without CloudFormation.

    Guideline: 9.2.
    """

    id = "S-I3.listed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the statements of roles: each id must be in the document."""
        text = evidence.source.text(DOCUMENT)
        for statement in evidence.statements:
            if statement.by_identity and statement.sid:
                fault = "" if f"`{statement.sid}`" in text else f"{DOCUMENT} doesn't list it"
                named = f"{statement.holder.name}:{statement.sid}"
                yield Judgement("statement", named, statement.holder.environment, fault)


class CrossAccount(Control):
    """Only principals of the account and of listed accounts get access.

    The rule applies to policies of all resources, trust policies of roles, and properties such as
    the principal of a permission. An AWS service acts for resources of every account, so limit it
    with `aws:SourceArn` or `aws:SourceAccount`. A condition counts if it identifies the caller,
    unlike `aws:SecureTransport` or a value of `*`.

    List an account in `guidelines.toml` under `[accounts]`: its id, or an organisation's, in
    quotes, and its owner.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    id = "S-I4.cross-account"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every grant of access to a resource or a role."""
        allowed = set(evidence.source.toml(FILE).get("accounts", {}))
        for grant in grants(evidence.assembly):
            foreign = sorted(grant.outsiders - allowed)
            if grant.fault:
                phrase, found = f"{grant.fault}:", [grant.name]
            else:
                by = f" by {grant.sid}" if grant.sid else ""
                phrase, found = "grants access to", [f"{account}{by}" for account in foreign]
            yield from judge_each_where(evidence, grant.holder, phrase, found)


class PreviewsAccount(Control):
    """Previews of pull requests are deployed to an account without data of staging or production.

    Each user with push access can deploy unreviewed code to the previews' account. Use a separate
    account, or that of dev: `previews.account` in the configuration.

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
            fault = f"is {shared[0]}'s: use a separate account, or that of dev" if shared else ""
            yield Judgement("account", f"{TEAM}: previews.account", fault=fault)


class NoUsers(Control):
    """The service creates no IAM users, since they could sign in without a second factor.

    People use the organisation's identity provider, and programs use roles. The account's
    credential report shows whether its users have a second factor; `operations/` reads it.

    Guideline: 9.2.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """

    id = "S-I5.no-users"
    by_people = "whether people have a second factor is in the account's credential report"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge users, groups and access keys: there must be none."""
        for resource in evidence.resources(*USERS):
            yield judge(resource, "people use roles of the organisation")


def _allows_code(statement: Mapping[str, Any], action: str) -> bool:
    """Return whether a statement allows an action to every role."""
    named = [name for keys in statement.get("Condition", {}).values() for name in keys]
    if statement["Effect"] != "Allow" or "aws:principalarn" in map(str.lower, named):
        return False
    patterns = texts(statement.get("Action", statement.get("NotAction")))
    matches = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
    return matches is ("Action" in statement)


def _found(finding: Mapping[str, Value], fault: str) -> Iterator[Judgement]:
    """Yield a judgement of a finding for each construct that has it."""
    for construct in items(finding.get("violatingConstructs")) or [None]:
        path = str(dig(construct, "constructPath") or "")
        yield Judgement("finding", f"{finding['ruleName']} at {path}", fault=fault)


def _unaccepted(reason: str, today: date, components: Collection[str]) -> str:
    """Return why an acknowledgement is invalid; empty if it is valid."""
    if len(reason) < SHORTEST_REASON:
        return "is accepted without a reason"
    end = ACCEPTANCE.search(reason)
    if end is None:
        of_component = any(text in reason for text in components)
        return "" if of_component else "is accepted without an owner and a last day"
    return "" if end["until"] >= str(today) else f"was accepted until {end['until']}"


def _reasons_of_components(source: Source) -> set[str]:
    """Return the texts in components that are long enough to be a reason.

    The kit's acknowledgements are reviewed with the guideline.
    """
    return {
        node.value
        for path in source.below(*COMPONENTS)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) >= SHORTEST_REASON
    }
