"""Rules of sections 2 to 4 of the guideline that its checklist doesn't contain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each, judge_places
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import text
from aws_service_kit.controls.evidence.configuration import keeps_names
from aws_service_kit.controls.evidence.resource_types import (
    BUCKET,
    BUS,
    BUS_ARCHIVE,
    EVENT_SOURCE,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    QUEUE,
    RULE,
    SCHEDULE,
    STATE_MACHINE,
    TABLE,
    TOPIC,
)
from aws_service_kit.controls.evidence.source import FUNCTIONS
from aws_service_kit.controls.evidence.state_machines import definition, tasks
from aws_service_kit.controls.evidence.values import Value, dig, items, texts
from aws_service_kit.controls.runtimes import DEPRECATION_DATES, WARNING_DAYS

# Types that a physical name prevents from being replaced or created twice.
NAMED = {
    BUCKET: "BucketName",
    FUNCTION: "FunctionName",
    GLOBAL_TABLE: "TableName",
    STATE_MACHINE: "StateMachineName",
    QUEUE: "QueueName",
    TABLE: "TableName",
    TOPIC: "TopicName",
}
ADDRESS = re.compile(r"""["'][\w.+-]+@[\w-]+(\.[\w-]+)+["']""")
DEFAULT_BUS = "default"
VENDED_LOGS = "/aws/vendedlogs/"


class Clients(Control):
    """AWS clients are created neither at import nor in every invocation.

    A client at import needs a region and credentials, in tests too; a client per invocation costs
    time in each request. Create clients in cached functions.

    Guideline: 2.2. https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
    """

    id = "2.2.clients"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every module of code for Lambda."""
        for path in evidence.source.below(*FUNCTIONS):
            calls = dict.fromkeys(_eager_clients(evidence.source.tree(path)))
            yield from judge_places(evidence.source, path, "creates a client in", calls)


class Runtime(Control):
    """Every function's runtime has support for at least another 180 days.

    After the end of support, AWS blocks changes of functions.

    Guideline: 3.1. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """

    id = "3.1.runtime"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            runtime = str(function.get("Runtime"))
            ends = DEPRECATION_DATES.get(runtime)
            fault = f"{runtime} has no known support"
            if ends is not None:
                days = (ends - evidence.today).days
                fault = f"{runtime} has support until {ends} only" if days < WARNING_DAYS else ""
            yield judge(function, fault)


class Handlers(Control):
    """Every handler in a template exists in the code.

    Guideline: 3.1. https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
    """

    id = "3.1.handlers"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            handler = str(function.get("Handler"))
            module, _, name = handler.rpartition(".")
            path = Path("src", *module.split(".")).with_suffix(".py")
            defined = name in _defined(evidence.source.tree(path))
            yield judge(function, "" if defined else f"{handler} isn't in the code")


class NoNames(Control):
    """Resources have no physical names, except those that require one.

    A named resource can't be replaced or created twice. The CDK generates names.

    Guideline: 4.3.
    https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html#best-practices-apps-names
    """

    id = "4.3.no-names"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge buckets, functions, queues, tables, topics and workflows."""
        for resource in evidence.resources(*NAMED):
            name = resource.get(NAMED[resource.type])
            yield judge(resource, "" if name is None else f"is named {name}")


class Retried(Control):
    """Every task of a workflow retries named errors and catches all others.

    Guideline: 4.1.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """

    id = "4.1.retried"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every task of every workflow."""
        for workflow in evidence.resources(STATE_MACHINE):
            for task in tasks(evidence.assembly, workflow):
                missing = [name for name in ("Retry", "Catch") if not task.state.get(name)]
                named = f"{workflow.name}:{task.name}"
                yield from judge_each(
                    Judgement("task", named, workflow.environment), "lacks", missing
                )


class Ending(Control):
    """Every workflow has a timeout and logs.

    Guideline: 4.1. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """

    id = "4.1.ending"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow."""
        for workflow in evidence.resources(STATE_MACHINE):
            missing = []
            if not definition(workflow).get("TimeoutSeconds"):
                missing.append("timeout")
            if workflow.get("LoggingConfiguration", "Level") in {None, "OFF"}:
                missing.append("logs")
            yield from judge_each(judge(workflow), "has no", missing)


class Targets(Control):
    """Every rule has a target with a limited retry.

    Guideline: 4.2.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
    """

    id = "4.2.targets"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every rule and every schedule."""
        for rule in evidence.resources(RULE):
            targets = items(rule.get("Targets"))
            custom = rule.get("EventBusName") not in {None, DEFAULT_BUS}
            if rule.get("ScheduleExpression") and custom:
                yield judge(rule, "is a scheduled rule on a custom bus, which AWS rejects")
            unbounded = [
                text(dig(target, "Id"))
                for target in targets
                if not _is_bounded(dig(target, "RetryPolicy"))
            ]
            judgement = judge(rule, "" if targets else "has no target")
            yield from judge_each(judgement, "has unlimited retries for", unbounded)
        for schedule in evidence.resources(SCHEDULE):
            bounded = _is_bounded(schedule.get("Target", "RetryPolicy"))
            yield judge(schedule, "" if bounded else "has unlimited retries")


class DedicatedBus(Control):
    """An event bus is named after its service and its environment.

    A bus requires a name. The CDK generates the same name for all services of an account whose
    stack has the same name. A bus that was deployed with such a name keeps it: `named_stacks` of
    the environment in infrastructure/config/team.toml lists the other stacks. Use the name from
    `physical_name` of the components.

    Guideline: 4.2.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
    """

    id = "4.2.bus-name"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every bus except a partner's, by its tags."""
        for bus in evidence.resources(BUS):
            if bus.get("EventSourceName") is not None:
                continue
            name = bus.get("Name")
            tags = {dig(tag, "Key"): dig(tag, "Value") for tag in items(bus.get("Tags"))}
            missing = [key for key in ("service", "environment") if _lacks(name, tags.get(key))]
            kept = keeps_names(evidence.source, bus)
            fault = f"is named {name}, without its {' and its '.join(missing)}"
            yield judge(bus, fault if missing and not kept else "")


class VendedLogs(Control):
    """A workflow's log group has a name below `/aws/vendedlogs/`.

    Step Functions adds every other log group to a resource policy of at most 5,120 characters, and
    an account has few of them. When they are full, no workflow can be created. A group that was
    deployed under another name keeps it, in stacks that `named_stacks` doesn't list.

    Guideline: 4.1. https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
    """

    id = "4.1.vended-logs"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the log groups that workflows write to."""
        for workflow in evidence.resources(STATE_MACHINE):
            for group in evidence.owners(workflow, "LoggingConfiguration"):
                if group.type != LOG_GROUP:
                    continue
                below = text(group.get("LogGroupName")).startswith(VENDED_LOGS)
                kept = keeps_names(evidence.source, group)
                yield judge(group, "" if below or kept else f"isn't below {VENDED_LOGS}")


class TimeZone(Control):
    """Every schedule has an explicit time zone.

    Guideline: 4.2. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """

    id = "4.2.time-zone"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every schedule."""
        for schedule in evidence.resources(SCHEDULE):
            zone = schedule.get("ScheduleExpressionTimezone")
            yield judge(schedule, "" if zone else "has no time zone")


class Archived(Control):
    """Every event bus has an archive, so that events can be replayed after a failure.

    Guideline: 4.2. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
    """

    id = "4.2.archived"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every bus."""
        archived = {
            bus
            for archive in evidence.resources(BUS_ARCHIVE)
            for bus in evidence.owners(archive, "SourceArn")
        }
        for bus in evidence.resources(BUS):
            yield judge(bus, "" if bus in archived else "has no archive")


class PartialBatch(Control):
    """Batches report failed messages individually.

    Guideline: 4.3.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    id = "4.3.partial-batch"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every event source."""
        for source in evidence.resources(EVENT_SOURCE):
            partial = "ReportBatchItemFailures" in texts(source.get("FunctionResponseTypes"))
            yield judge(source, "" if partial else "a failure retries the whole batch")


class NoAddresses(Control):
    """Infrastructure code contains no e-mail address.

    Guideline: 4.3.
    """

    id = "4.3.no-addresses"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every module that imports the CDK."""
        for path in evidence.source.below():
            source = evidence.source.text(path)
            if "aws_cdk" in source and "tests" not in path.parts:
                found = (each[0] for each in ADDRESS.finditer(source))
                yield from judge_each(Judgement("module", str(path)), "contains", found)


def _eager_clients(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls that create clients at import or in a handler."""
    bodies: list[ast.AST] = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    bodies += [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "handler" in node.name
    ]
    for body in bodies:
        for node in _within(body):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "boto3.client",
                "boto3.resource",
            }:
                yield node


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a node without the methods of classes, which run later."""
    yield node
    for child in ast.iter_child_nodes(node):
        match node, child:
            case ast.ClassDef(), ast.FunctionDef(name=name) if name != "__init__":
                continue
        yield from _within(child)


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module defines or imports."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {ast.unparse(target) for target in targets}
            case ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
    return names


def _is_bounded(policy: Value) -> bool:
    return dig(policy, "MaximumEventAgeInSeconds") is not None


def _lacks(name: Value, part: Value) -> bool:
    """Return whether a literal name lacks a required part."""
    return isinstance(name, str) and isinstance(part, str) and part not in name
