"""Lambda functions (guideline, 2 and 9.1)."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each, judge_places
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.configuration import configured
from aws_service_kit.controls.evidence.failures import paths
from aws_service_kit.controls.evidence.metrics import watched
from aws_service_kit.controls.evidence.resource_types import (
    API_METHOD,
    EVENT_SOURCE,
    FUNCTION,
    QUEUE,
    STATE_MACHINE,
)
from aws_service_kit.controls.evidence.source import FUNCTIONS, KIT
from aws_service_kit.controls.evidence.state_machines import definition, tasks
from aws_service_kit.controls.evidence.values import number
from aws_service_kit.controls.evidence.verdicts import CODE
from aws_service_kit.controls.item_tests import tests_of_item
from aws_service_kit.controls.verdict import FOLDER

# API Gateway's default integration timeout is 29 seconds. AWS raises it on request.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
API_LIMIT_S = 29
QUOTA_KEY = "api_integration_timeout_seconds"
# A batch that is throttled or retried must stay hidden from other consumers meanwhile.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6
# Defaults of Lambda and SQS for values that a template doesn't state.
DEFAULT_TIMEOUT_S = 3
DEFAULT_VISIBILITY_S = 30
DEFAULT_RETENTION_S = 345_600
LEAST_COVERAGE_PERCENT = 85


class Layers(Control):
    """Business logic imports neither AWS libraries nor handlers; import contracts enforce it.

    Logic that depends on the shape of an event can't be tested, read or reused without it. Keep it
    in a separate package, write a `forbidden` contract for that package, and run import-linter with
    the task `imports`.

    Guideline: 9.1. https://import-linter.readthedocs.io/
    """

    id = "L1.layers"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the contracts by import-linter's verdict."""
        parser = configparser.ConfigParser()
        parser.read_string(evidence.source.text(".importlinter"))
        contracts = [
            section
            for section in parser.sections()
            if parser[section].get("type") == "forbidden"
            and "boto3" in parser[section].get("forbidden_modules", "").split()
        ]
        verdict = evidence.verdicts.ran("imports", judges=(KIT, "src"))
        if not contracts:
            yield Judgement("contract", ".importlinter", fault="no contract keeps boto3 out")
        for section in contracts:
            yield Judgement("contract", parser[section].get("name", section), fault=verdict.fault)


class Validated(Control):
    """Input is validated by pydantic models that state how they treat unknown keys.

    An unknown key that is ignored hides a caller's mistake. Give each model `extra="forbid"`. Use
    `"ignore"` only for senders that may add keys, such as AWS or the next release of the service's
    functions. Mark the tests that send invalid input with `@pytest.mark.guideline("L2")`.

    Guideline: 2.1 and 9.1.
    https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.extra
    """

    id = "L2.validated"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every model and the tests."""
        yield from tests_of_item(evidence, "L2")
        closed = {"BaseModel": False}
        models = [
            (path, node)
            for path in evidence.source.below(*FUNCTIONS)
            for node in ast.walk(evidence.source.tree(path))
            if isinstance(node, ast.ClassDef)
        ]
        # A class may be read before its base in another module, so search until nothing new is
        # found.
        while True:
            found = {
                node.name: _forbids(node) or any(closed[base] for base in _bases(node) & {*closed})
                for _, node in models
                if _bases(node) & {*closed}
            }
            if found.items() <= closed.items():
                break
            closed |= found
        for path, node in models:
            if node.name in closed:
                fault = "" if closed[node.name] else "doesn't state how it treats unknown keys"
                yield Judgement("model", f"{path}:{node.name}", fault=fault)


class Typed(Control):
    """All code is typed, and mypy reports no error in strict mode.

    Models validate input; types carry the result to its use, and find a missing value before a
    request does. Set `strict` in mypy.ini, and run the task `types`.

    Guideline: 2.1 and 9.1.
    https://mypy.readthedocs.io/en/stable/command_line.html#cmdoption-mypy-strict
    """

    id = "L2.typed"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge mypy's settings and its verdict."""
        settings = configparser.ConfigParser()
        settings.read_string(evidence.source.text("mypy.ini"))
        strict = settings.getboolean("mypy", "strict", fallback=False)
        yield Judgement("setting", "strict", fault="" if strict else "isn't set in mypy.ini")
        yield Judgement("run", "types", fault=evidence.verdicts.ran("types").fault)


class NoPrint(Control):
    """Code uses neither print nor the root logger; ruff enforces both.

    Log lines without a level, a request id and a structure can't be searched, and printed lines
    can't be switched off. Select ruff's rules T20, LOG and G, and run the task `lint`.

    Guideline: 6.1 and 9.1. https://docs.astral.sh/ruff/rules/#flake8-print-t20
    """

    id = "L3.no-print"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge ruff's rules and its verdict."""
        selected = evidence.source.toml("ruff.toml").get("lint", {}).get("select", [])
        verdict = evidence.verdicts.ran("lint")
        for rule in ("T20", "LOG", "G"):
            missing = "" if rule in selected else "isn't selected in ruff.toml"
            yield Judgement("rule", rule, fault=missing or verdict.fault)


class LogLines(Control):
    """Tests verify the logs: each line is JSON with the required keys and without personal data.

    A log format that no test parses fails when it is needed. Mark those tests with
    `@pytest.mark.guideline("L3")`.

    Guideline: 6.1 and 9.1. https://docs.aws.amazon.com/powertools/python/latest/core/logger/
    """

    id = "L3.lines"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return tests_of_item(evidence, "L3")


class Errors(Control):
    """Tests verify how each type of trigger handles each type of error.

    A swallowed error is neither retried, nor stored, nor counted. Mark the tests with
    `@pytest.mark.guideline("L4")`.

    Guideline: 2.3 and 9.1. https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """

    id = "L4.outcomes"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return tests_of_item(evidence, "L4")


class Swallowed(Control):
    """Code that catches every exception handles it and passes it on.

    `except Exception` around a whole handler turns a programming error into a success: no retry, no
    dead-letter queue and no alarm sees it. Catch exceptions by name; at an edge, pass the error on
    or raise it.

    Guideline: 2.1. https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
    """

    id = "L4.swallowed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the handlers of every exception, and each module without one."""
        for path in evidence.source.below(*FUNCTIONS):
            caught = [
                node
                for node in ast.walk(evidence.source.tree(path))
                if isinstance(node, ast.ExceptHandler) and _catches_all(node)
            ]
            swallowing = [node for node in caught if not _passes_on(node)]
            yield from judge_places(
                evidence.source, path, "swallows every exception in", swallowing
            )


class ExplicitSize(Control):
    """Every function has an explicit memory size and timeout.

    The defaults, 128 MB and 3 seconds, suit few functions, since memory also determines CPU.
    Measure and set both.

    Guideline: 9.1. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    id = "L5.explicit-size"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            missing = [name for name in ("MemorySize", "Timeout") if not function.get(name)]
            yield from judge_each(judge(function), "lacks", missing)


class ApiTimeout(Control):
    """A function behind an API has a timeout below API Gateway's: less than 29 seconds.

    Otherwise the caller gets a 504 and retries, while the first invocation still runs and costs
    money. If AWS has raised the quota, `api_integration_timeout_seconds` of team.toml is the limit.

    Guideline: 2.2 and 9.1. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    """

    id = "L5.api-timeout"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions that routes invoke."""
        for route in evidence.resources(API_METHOD):
            for function in _functions(evidence.owners(route, "Integration", "Uri")):
                timeout = _timeout(function)
                limit = _api_limit(evidence, route)
                fault = f"may take {timeout:g} s, the API {limit:g} s"
                yield judge(function, fault if timeout >= limit else "")


class Visibility(Control):
    """A queue's visibility timeout is at least six times its consumer's timeout.

    Otherwise a second consumer receives a message that is still processed or has just been
    throttled.

    Guideline: 4.3. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """

    id = "L5.visibility"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the queues that functions read."""
        for source in evidence.resources(EVENT_SOURCE):
            for queue in evidence.owners(source, "EventSourceArn"):
                if queue.type != QUEUE:
                    continue
                for function in _functions(evidence.owners(source, "FunctionName")):
                    hidden = number(queue.get("VisibilityTimeout")) or DEFAULT_VISIBILITY_S
                    needed = VISIBILITY_FACTOR * _timeout(function)
                    fault = f"hides messages for {hidden:g} s, not {needed:g} s"
                    yield judge(queue, fault if hidden < needed else "")


class TaskTimeout(Control):
    """A function's timeout is below its task's, and a task's below its state machine's.

    The error of the inner timeout names the function; that of the outer timeout doesn't.

    Guideline: 4.1. https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
    """

    id = "L5.task-timeout"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every task of every state machine."""
        for workflow in evidence.resources(STATE_MACHINE):
            whole = number(definition(workflow).get("TimeoutSeconds"))
            for task in tasks(evidence.assembly, workflow):
                limit = number(task.state.get("TimeoutSeconds"))
                longest = max(map(_timeout, _functions(task.functions)), default=0.0)
                fault = ""
                if not 0 < limit < whole:
                    fault = f"may take {limit or 'forever'}, the workflow {whole or 'forever'}"
                elif longest > limit:
                    fault = f"may take {limit:g} s, its function up to {longest:g} s"
                yield Judgement("task", f"{workflow.name}:{task.name}", workflow.environment, fault)


class DeadLetterQueues(Control):
    """Every asynchronous path has a dead-letter queue.

    The sender of an asynchronous event isn't notified of a failure. Add a redrive policy to queues
    and subscriptions, a dead-letter queue to rules and schedules, and a failure destination to the
    invoked alias of functions that are invoked asynchronously.

    Guideline: 3.2, 4.2, 4.3 and 9.1.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    id = "L6.dead-letters"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge queues, subscriptions, targets and functions that are invoked asynchronously."""
        for path in paths(evidence.assembly):
            if path.destinations or not path.target:
                yield judge(path.resource, "" if path.destinations else "loses failed events")
            else:
                yield from judge_each(judge(path.resource), "loses failed events of", [path.target])


class AlarmedDeadLetterQueues(Control):
    """Every dead-letter queue has an alarm on its depth.

    Messages in an unwatched dead-letter queue are lost when they expire.

    Guideline: 9.1 and 9.3.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    id = "L6.alarmed"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every dead-letter queue."""
        alarmed = {
            queue
            for metric in watched(evidence.assembly)
            if metric.metric == "ApproximateNumberOfMessagesVisible"
            for queue in metric.of
        }
        for queue in _dead_letter_queues(evidence):
            yield judge(queue, "" if queue in alarmed else "no alarm on its depth")


class Retention(Control):
    """A dead-letter queue keeps messages longer than its source queue.

    A message's age counts from its first enqueue. For example, a message that moves after four days
    to a queue with a retention of four days is deleted immediately.

    Guideline: 4.3.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
    """

    id = "L6.retention"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every queue with a redrive policy."""
        for path in paths(evidence.assembly):
            if path.resource.type == QUEUE:
                for end in path.destinations:
                    short = _retention(end) <= _retention(path.resource)
                    sources = [path.resource.name] if short else []
                    yield from judge_each(judge(end), "keeps messages no longer than", sources)


class Coverage(Control):
    """The unit tests pass and cover more than 85 % of the lines and branches.

    The task `unit` measures the coverage.

    Guideline: 2.4 and 9.1. https://coverage.readthedocs.io/en/latest/branch.html
    """

    id = "L7.coverage"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the coverage and the result of the tests."""
        tests = evidence.verdicts.ran("unit", judges=CODE)
        yield Judgement("test run", "unit", fault=tests.fault)
        verdict = evidence.verdicts.read(FOLDER / "coverage.json", task="unit", judges=CODE)
        yield Judgement(
            "measurement", "coverage", fault=verdict.fault or _uncovered(verdict.content)
        )


def _uncovered(measured: object) -> str:
    match measured:
        case {"totals": {"percent_covered": float(percent) | int(percent)}, "meta": {**meta}}:
            if percent <= LEAST_COVERAGE_PERCENT:
                return f"{percent:.1f} % of the code, not more than {LEAST_COVERAGE_PERCENT} %"
            return "" if meta.get("branch_coverage") else "branches weren't measured"
    return "the measurement can't be read"


def _dead_letter_queues(evidence: Evidence) -> list[Resource]:
    ends = (end for path in paths(evidence.assembly) for end in path.destinations)
    return [end for end in dict.fromkeys(ends) if end.type == QUEUE]


def _functions(resources: Iterable[Resource]) -> Iterator[Resource]:
    return (resource for resource in resources if resource.type == FUNCTION)


def _api_limit(evidence: Evidence, route: Resource) -> float:
    """Return the seconds for which API Gateway waits for a route's function."""
    quota = configured(evidence.source, "environments", route.environment, QUOTA_KEY)
    waits = number(route.get("Integration", "TimeoutInMillis"))
    return min(waits / 1000, float(quota or API_LIMIT_S)) if waits else API_LIMIT_S


def _timeout(function: Resource) -> float:
    return number(function.get("Timeout")) or DEFAULT_TIMEOUT_S


def _retention(queue: Resource) -> float:
    return number(queue.get("MessageRetentionPeriod")) or DEFAULT_RETENTION_S


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2].partition("[")[0] for base in node.bases}


def _forbids(node: ast.ClassDef) -> bool:
    # In a call of ConfigDict, a dictionary, or the class's keywords.
    return re.search(r"extra'?[:=] ?'(forbid|ignore)'", ast.unparse(node)) is not None


def _catches_all(node: ast.ExceptHandler) -> bool:
    names = {"Exception", "BaseException"}
    return node.type is None or any(
        isinstance(part, ast.Name) and part.id in names for part in ast.walk(node.type)
    )


def _passes_on(node: ast.ExceptHandler) -> bool:
    """Return whether an except clause raises, or passes the exception to more than a log."""
    parts = [part for statement in node.body for part in ast.walk(statement)]
    return any(
        isinstance(part, ast.Raise)
        or (
            isinstance(part, ast.Call)
            and not ast.unparse(part.func).startswith(("log", "print"))
            and any(isinstance(arg, ast.Name) and arg.id == node.name for arg in part.args)
        )
        for part in parts
    )
