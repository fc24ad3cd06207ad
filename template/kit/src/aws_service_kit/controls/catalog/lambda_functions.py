"""Lambda functions (guideline, 2 and 9.1)."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator

from aws_service_kit.controls.control import Control, Judgement, judge, listed
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.failures import paths
from aws_service_kit.controls.evidence.kinds import (
    API_METHOD,
    EVENT_SOURCE,
    FUNCTION,
    MACHINE,
    QUEUE,
)
from aws_service_kit.controls.evidence.machines import definition, tasks
from aws_service_kit.controls.evidence.metrics import watched
from aws_service_kit.controls.evidence.source import FUNCTIONS, KIT
from aws_service_kit.controls.evidence.values import number
from aws_service_kit.controls.evidence.verdicts import CODE
from aws_service_kit.controls.proofs import proofs
from aws_service_kit.controls.verdict import FOLDER

# API Gateway gives up after 29 seconds.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
API_LIMIT_S = 29
# So that a batch that is throttled, or tried again, isn't handed to another consumer meanwhile.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6
# What Lambda and SQS do where a template doesn't say.
DEFAULT_TIMEOUT_S = 3
DEFAULT_VISIBILITY_S = 30
DEFAULT_RETENTION_S = 345_600
LEAST_COVERAGE_PERCENT = 85


class Layers(Control):
    """Business logic knows neither AWS nor the handlers: import contracts hold it to that.

    A rule that is tangled with an event's shape can be tested, read and reused only with it.
    Keep it in a package of its own, write a `forbidden` contract about that package for
    import-linter, and run it with the task `imports`.

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
    """Whatever comes from outside is validated by pydantic models that say what becomes of more.

    A key that nobody reads is a caller's mistake that nobody tells. Give each model
    `extra="forbid"`; `"ignore"` is for senders that may add keys tomorrow, such as AWS or the next
    release of the service's own functions. Mark the tests that send nonsense with
    `@pytest.mark.guideline("L2")`.

    Guideline: 2.1 and 9.1.
    https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.extra
    """

    id = "L2.validated"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every model, and the tests."""
        yield from proofs(evidence, "L2")
        closed = {"BaseModel": False}
        models = [
            (path, node)
            for path in evidence.source.below(*FUNCTIONS)
            for node in ast.walk(evidence.source.tree(path))
            if isinstance(node, ast.ClassDef)
        ]
        # A class may stand before its base, in another module: look until nothing new is found.
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
                fault = "" if closed[node.name] else "doesn't say what becomes of unknown keys"
                yield Judgement("model", f"{path}:{node.name}", fault=fault)


class Typed(Control):
    """All code is typed, and mypy finds nothing wrong, in its strict mode.

    A model validates what comes in; types carry that to where it is used, and find the branch
    where a value is missing before a request does. Set `strict` in mypy.ini, and run the task
    `types`.

    Guideline: 2.1 and 9.1.
    https://mypy.readthedocs.io/en/stable/command_line.html#cmdoption-mypy-strict
    """

    id = "L2.typed"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge mypy's settings, and its verdict."""
        settings = configparser.ConfigParser()
        settings.read_string(evidence.source.text("mypy.ini"))
        strict = settings.getboolean("mypy", "strict", fallback=False)
        yield Judgement("setting", "strict", fault="" if strict else "isn't set in mypy.ini")
        yield Judgement("run", "types", fault=evidence.verdicts.ran("types").fault)


class NoPrint(Control):
    """Nothing is printed, and nothing is logged by the root logger: ruff refuses both.

    A line without a level, a request's id and a shape can't be searched; a printed one can't even
    be switched off. Select ruff's rules T20, LOG and G, and run the task `lint`.

    Guideline: 6.1 and 9.1. https://docs.astral.sh/ruff/rules/#flake8-print-t20
    """

    id = "L3.no-print"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge ruff's rules, and its verdict."""
        selected = evidence.source.toml("ruff.toml").get("lint", {}).get("select", [])
        verdict = evidence.verdicts.ran("lint")
        for rule in ("T20", "LOG", "G"):
            missing = "" if rule in selected else "isn't selected in ruff.toml"
            yield Judgement("rule", rule, fault=missing or verdict.fault)


class LogLines(Control):
    """Tests read what the code logs: each line is JSON with the agreed keys, without personal data.

    A log that nobody parses in a test is one that nobody can parse at night. Mark those tests with
    `@pytest.mark.guideline("L3")`.

    Guideline: 6.1 and 9.1. https://docs.aws.amazon.com/powertools/python/latest/core/logger/
    """

    id = "L3.lines"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return proofs(evidence, "L3")


class Errors(Control):
    """Tests hold each kind of trigger to what becomes of each kind of error.

    An error that is swallowed is neither retried, nor kept, nor counted. Mark the tests with
    `@pytest.mark.guideline("L4")`.

    Guideline: 2.3 and 9.1. https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """

    id = "L4.outcomes"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests."""
        return proofs(evidence, "L4")


class Swallowed(Control):
    """Whoever catches every exception looks at it, and passes it on.

    `except Exception` around a whole handler turns a wrong name into a success, so that no retry,
    no dead letter and no alarm ever sees it. Catch by name; at an edge hand the error on, or raise.

    Guideline: 2.1. https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
    """

    id = "L4.swallowed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what catches everything, and each module without that."""
        for path in evidence.source.below(*FUNCTIONS):
            caught = [
                node
                for node in ast.walk(evidence.source.tree(path))
                if isinstance(node, ast.ExceptHandler) and _catches_all(node)
            ]
            swallowing = [node for node in caught if not _passes_on(node)]
            lines = ", ".join(str(node.lineno) for node in swallowing)
            fault = f"swallows every exception in line {lines}" if lines else ""
            yield Judgement("module", str(path), fault=fault)


class ExplicitSize(Control):
    """Every function says how much memory it has, and when it is cut off.

    The default, 128 MB and 3 seconds, fits nothing: memory is CPU too. Measure, then say it.

    Guideline: 9.1. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    id = "L5.explicit-size"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            missing = [name for name in ("MemorySize", "Timeout") if not function.get(name)]
            yield judge(function, listed("lacks", missing))


class ApiTimeout(Control):
    """A function behind an API answers before API Gateway gives up: in less than 29 seconds.

    Else the caller gets a 504 for work that goes on, is paid for, and is asked for again.

    Guideline: 2.2 and 9.1. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    """

    id = "L5.api-timeout"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions that the routes lead to."""
        for route in evidence.resources(API_METHOD):
            for function in _functions(evidence.owners(route, "Integration", "Uri")):
                timeout = _timeout(function)
                fault = f"may take {timeout:g} s, the API {API_LIMIT_S} s"
                yield judge(function, fault if timeout >= API_LIMIT_S else "")


class Visibility(Control):
    """A queue hides a message for six times as long as its consumer may take.

    Else a second consumer gets what the first is still working on, or has just been refused.

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
    """A function ends before its task, and a task before its state machine.

    The inner time-out tells what hung; the outer one only that something did.

    Guideline: 4.1. https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
    """

    id = "L5.task-timeout"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every task of every state machine."""
        for machine in evidence.resources(MACHINE):
            whole = number(definition(machine).get("TimeoutSeconds"))
            for task in tasks(evidence.assembly, machine):
                limit = number(task.state.get("TimeoutSeconds"))
                longest = max(map(_timeout, _functions(task.functions)), default=0.0)
                fault = ""
                if not 0 < limit < whole:
                    fault = f"may take {limit or 'for ever'}, the machine {whole or 'for ever'}"
                elif longest > limit:
                    fault = f"is given {limit:g} s, its function takes up to {longest:g} s"
                yield Judgement("task", f"{machine.name}:{task.name}", machine.environment, fault)


class DeadLetters(Control):
    """Every asynchronous path ends in a dead letter queue.

    Where nobody waits for an answer, nobody misses it. Redrive queues and subscriptions, give rules
    and schedules a dead letter queue, and functions that are invoked asynchronously a destination
    on failure, of the alias through which they are called.

    Guideline: 3.2, 4.2, 4.3 and 9.1.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    id = "L6.dead-letters"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge queues, subscriptions, targets and functions that are invoked asynchronously."""
        for path in paths(evidence.assembly):
            yield judge(path.resource, "" if path.dead_letters else "loses what fails")


class AlarmedDeadLetters(Control):
    """Whoever gets dead letters raises an alarm.

    A dead letter queue that nobody watches loses them too, only later.

    Guideline: 9.1 and 9.3.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    id = "L6.alarmed"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every dead letter queue."""
        alarmed = {
            queue
            for metric in watched(evidence.assembly)
            if metric.metric == "ApproximateNumberOfMessagesVisible"
            for queue in metric.of
        }
        for queue in _dead_letters(evidence):
            yield judge(queue, "" if queue in alarmed else "no alarm looks at its depth")


class Retention(Control):
    """A dead letter is kept for longer than it was in the queue that it comes from.

    Its age counts from the day it was first sent: moved after four days into a queue that keeps
    four days, it is gone.

    Guideline: 4.3.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
    """

    id = "L6.retention"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every queue that is redriven."""
        for path in paths(evidence.assembly):
            if path.resource.type == QUEUE:
                for end in path.dead_letters:
                    fault = f"keeps messages no longer than {path.resource.name}"
                    yield judge(end, fault if _retention(end) <= _retention(path.resource) else "")


class Coverage(Control):
    """The unit tests pass, and run more than 85 % of the code and its branches.

    What no test runs, the first user does. The task `unit` measures it.

    Guideline: 2.4 and 9.1. https://coverage.readthedocs.io/en/latest/branch.html
    """

    id = "L7.coverage"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what coverage.py measured, and how the tests ended."""
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


def _dead_letters(evidence: Evidence) -> list[Resource]:
    ends = (end for path in paths(evidence.assembly) for end in path.dead_letters)
    return [end for end in dict.fromkeys(ends) if end.type == QUEUE]


def _functions(resources: Iterable[Resource]) -> Iterator[Resource]:
    return (resource for resource in resources if resource.type == FUNCTION)


def _timeout(function: Resource) -> float:
    return number(function.get("Timeout")) or DEFAULT_TIMEOUT_S


def _retention(queue: Resource) -> float:
    return number(queue.get("MessageRetentionPeriod")) or DEFAULT_RETENTION_S


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2].partition("[")[0] for base in node.bases}


def _forbids(node: ast.ClassDef) -> bool:
    # In the call of ConfigDict, in a dictionary, or in the class's own keywords.
    return re.search(r"extra'?[:=] ?'(forbid|ignore)'", ast.unparse(node)) is not None


def _catches_all(node: ast.ExceptHandler) -> bool:
    names = {"Exception", "BaseException"}
    return node.type is None or any(
        isinstance(part, ast.Name) and part.id in names for part in ast.walk(node.type)
    )


def _passes_on(node: ast.ExceptHandler) -> bool:
    """Tell whether a handler raises, or hands the exception on to more than a log."""
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
