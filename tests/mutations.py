"""Violations of the guideline in a service: for each control, a change that it must find."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from aws_service_kit.controls.organisation import ORGANISATION

Json = dict[str, Any]
Change = Callable[[Path], Iterator[None]]

TODAY = date(2026, 11, 30)

KIT = "kit/src/aws_service_kit"


KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
HEALTH = "src/service/handlers/health.py"
HOUSEKEEPING = ".github/workflows/housekeeping.yml"
TEAM = "infrastructure/config/team.toml"
PREVIEW = ".github/workflows/preview.yml"
PREVIEWS = ".github/workflows/preview-cleanup.yml"
WORKFLOW = ".github/workflows/deploy-environment.yml"


@dataclass(frozen=True)
class Mutation:
    """A change that the guideline forbids.

    Attributes:
        control: The control that must find it.
        edits: The changes.
        companions: Other controls that must find it too.
        today: The date of the review.
    """

    control: str
    edits: tuple[Edit, ...]
    companions: frozenset[str] = frozenset()
    today: date = TODAY

    @contextmanager
    def done_to(self, service: Path) -> Iterator[None]:
        """Change a service, and undo the change at the end."""
        with ExitStack() as stack:
            for edit in self.edits:
                stack.enter_context(edit.done_to(service))
            yield


class Edit:
    """A change of files that keeps their times; otherwise all evidence would be outdated."""

    def changed(self, service: Path) -> Iterator[tuple[Path, str]]:
        """Yield files with their new content."""
        raise NotImplementedError

    @contextmanager
    def done_to(self, service: Path) -> Iterator[None]:
        """Write the changed files, and restore them at the end."""
        before: list[tuple[Path, bytes | None, os.stat_result | None]] = []
        for path, text in list(self.changed(service)):
            content = path.read_bytes() if path.exists() else None
            stat = path.stat() if path.exists() else None
            before.append((path, content, stat))
            path.write_text(text, encoding="utf-8")
            _set_time(path, stat)
        assert before, f"{self} no longer fits the service"
        try:
            yield
        finally:
            for path, content, stat in before:
                if content is None:
                    path.unlink()
                else:
                    path.write_bytes(content)
                    _set_time(path, stat)


def _set_time(path: Path, stat: os.stat_result | None) -> None:
    os.utime(path, (0, 0) if stat is None else (stat.st_atime, stat.st_mtime))


@dataclass(frozen=True)
class Text(Edit):
    """A replacement of text in a file; a missing file counts as empty."""

    path: str
    old: str
    new: str

    def changed(self, service: Path) -> Iterator[tuple[Path, str]]:
        path = service / self.path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if self.old in text:
            yield path, text.replace(self.old, self.new, 1)


@dataclass(frozen=True)
class Content(Edit):
    """A change of a JSON file that a tool wrote."""

    path: str
    change: Callable[[Any], None]

    def changed(self, service: Path) -> Iterator[tuple[Path, str]]:
        path = service / self.path
        content = json.loads(path.read_text(encoding="utf-8"))
        before = json.dumps(content)
        self.change(content)
        if json.dumps(content) != before:
            yield path, json.dumps(content)


@dataclass(frozen=True)
class Templates(Edit):
    """A change of the templates of an environment.

    Attributes:
        change: Changes the resources of one template.
        environment: The environment.
    """

    change: Callable[[Json], None]
    environment: str = "prod"

    def changed(self, service: Path) -> Iterator[tuple[Path, str]]:
        for path in (service / "cdk.out" / f"assembly-{self.environment}").glob("*.template.json"):
            template = json.loads(path.read_text(encoding="utf-8"))
            before = json.dumps(template)
            self.change(template["Resources"])
            if json.dumps(template) != before:
                yield path, json.dumps(template)


def drop(resource_type: str, *path: str | int, name: str = "") -> Templates:
    """Remove a property from resources of a type, by the prefix of their logical id."""

    def change(resources: Json) -> None:
        for body in _of(resources, resource_type, name):
            holder: Any = _holder(body, path)
            last: Any = path[-1]
            if holder is not None and (isinstance(last, int) or last in holder):
                del holder[last]

    return Templates(change)


def put(
    resource_type: str, *path: str | int, value: object, name: str = "", environment: str = "prod"
) -> Templates:
    """Set a property of resources of a type, by the prefix of their logical id."""

    def change(resources: Json) -> None:
        for body in _of(resources, resource_type, name):
            holder = _holder(body, path, make=True)
            if holder is not None:
                holder[path[-1]] = value

    return Templates(change, environment)


def each(
    resource_type: str, change: Callable[[Json], object], name: str = "", environment: str = "prod"
) -> Templates:
    """Change resources of a type in their template."""

    def change_all(resources: Json) -> None:
        for body in _of(resources, resource_type, name):
            change(body)

    return Templates(change_all, environment)


def statements(resource_type: str, change: Callable[[Json], object], name: str = "") -> Templates:
    """Change the statements of policies of a type."""

    def change_all(body: Json) -> None:
        for statement in body["Properties"]["PolicyDocument"]["Statement"]:
            change(statement)

    return each(resource_type, change_all, name)


def remove(resource_type: str, name: str = "", environment: str = "prod") -> Templates:
    """Remove resources of a type, by the prefix of their logical id."""

    def change(resources: Json) -> None:
        for key in [
            key for key, body in resources.items() if _fits(key, body, resource_type, name)
        ]:
            del resources[key]

    return Templates(change, environment)


def add(near: str, resource_type: str, **properties: object) -> Templates:
    """Add a resource to the template that has a resource with a prefix of its logical id."""

    def change(resources: Json) -> None:
        if any(key.startswith(near) for key in resources):
            resources["Added"] = {"Type": resource_type, "Properties": {"Tags": TAGS, **properties}}

    return Templates(change)


def in_text(resource_type: str, old: str, new: str, name: str = "") -> Templates:
    """Replace a text in resources of a type."""

    def change(resources: Json) -> None:
        for key, body in resources.items():
            if _fits(key, body, resource_type, name):
                resources[key] = json.loads(json.dumps(body).replace(old, new))

    return Templates(change)


TAGS = [{"Key": name, "Value": "x"} for name in sorted(ORGANISATION.tags)]


WAITS_A_MINUTE = put("ApiGateway::Method", "Integration", "TimeoutInMillis", value=60_000)


def _fits(key: str, body: Json, resource_type: str, name: str) -> bool:
    return body["Type"] == f"AWS::{resource_type}" and key.startswith(name)


def _of(resources: Json, resource_type: str, name: str) -> Iterator[Json]:
    return (body for key, body in resources.items() if _fits(key, body, resource_type, name))


def _holder(body: Json, path: tuple[str | int, ...], *, make: bool = False) -> Any:  # noqa: ANN401
    """Return the container of a path's last part in the properties, or None."""
    value: Any = body.setdefault("Properties", {})
    for key in path[:-1]:
        if isinstance(value, dict) and key not in value:
            if not make:
                return None
            value[key] = {}
        value = value[key]
    return value


def _failing(item: str) -> Content:
    """Make a test of the service fail that is marked with an item of the guideline."""
    return marked(item, "failed")


def marked(item: str, result: str) -> Content:
    """Mark a test of the service with an item of the guideline."""

    def change(content: Json) -> None:
        content["guideline"][item] = {"tests/unit/test_own.py::test_own": result}

    return Content(".cache/verdicts/tests-unit.json", change)


def patched(module: str) -> Text:
    """Add a comment to a module of the service's kit."""
    return Text(f"{KIT}/{module}", '"""\n', '"""\n# Patched.\n')


def _exit_code(name: str) -> Content:
    return Content(f".cache/verdicts/{name}.json", lambda content: content.update(exit_code=1))


def _audited(rule: str) -> tuple[Edit, ...]:
    """Add a finding of zizmor in a workflow."""
    place = {
        "symbolic": {
            "kind": "Primary",
            "key": {"Local": {"verbatim_path": WORKFLOW}},
            "annotation": "this step",
        },
        "concrete": {"location": {"start_point": {"row": 0}}},
    }
    finding = {"ident": rule, "locations": [place]}
    found = Content(".cache/verdicts/zizmor.json", lambda content: content.append(finding))
    return _exit_code("workflows"), found


def _called(module: str, *calls: str) -> Content:
    def change(content: Json) -> None:
        content["calls"][f"service.handlers.{module}"] = list(calls)

    return Content(".cache/verdicts/tests-unit.json", change)


def _reads_a_stream(resources: Json) -> None:
    """Add a stream consumer without an alarm on the age of the changes."""
    for body in list(_of(resources, "IAM::Policy", "ProcessRequest")):
        [table] = [
            statement["Resource"]
            for statement in body["Properties"]["PolicyDocument"]["Statement"]
            if statement["Sid"] == "UseRecords"
        ]
        failures = {"Fn::GetAtt": ["WorkflowDeadLetters", "Arn"]}
        resources["Added"] = {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "Tags": TAGS,
                "DestinationConfig": {"OnFailure": {"Destination": failures}},
                "EventSourceArn": table,
                "FunctionName": {"Ref": _alias_of(resources, "ProcessRequest")},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        }


def _alias_of(resources: Json, function: str) -> str:
    [alias] = [
        key for key, body in resources.items() if _fits(key, body, "Lambda::Alias", function)
    ]
    return alias


def _is_notified_of_its_reports(resources: Json) -> None:
    """Invoke the function that writes reports for each report."""
    for body in list(_of(resources, "Lambda::Function", "MakeReport")):
        bucket = body["Properties"]["Environment"]["Variables"]["REPORTS_BUCKET"]
        dead_letters = {"Fn::GetAtt": ["WorkflowDeadLetters", "Arn"]}
        resources["Added"] = {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Tags": TAGS,
                "EventPattern": {
                    "source": ["aws.s3"],
                    "detail-type": ["Object Created"],
                    "detail": {
                        "bucket": {"name": [bucket]},
                        "object": {"key": [{"wildcard": "daily/*.json"}]},
                    },
                },
                "Targets": [
                    {
                        "Id": "Target",
                        "Arn": {"Ref": _alias_of(resources, "MakeReport")},
                        "DeadLetterConfig": {"Arn": dead_letters},
                        "RetryPolicy": {
                            "MaximumEventAgeInSeconds": 21600,
                            "MaximumRetryAttempts": 8,
                        },
                    }
                ],
            },
        }


def _uncovered(content: Json) -> None:
    content["totals"]["percent_covered"] = 85.0


def _accepted(reason: str) -> Content:
    def change(content: Json) -> None:
        content["pluginReports"][0]["suppressedViolations"][0]["reason"] = reason

    return Content("cdk.out/validation-report.json", change)


def _found(content: Json) -> None:
    report = content["pluginReports"][0]
    report["violations"].append(report["suppressedViolations"].pop())


WAIVER = """
[[waiver]]
control = "{control}"
resource = "{resource}"
reason = "Measured: half the time for the same price."
owner = "{owner}"
expires = {expires}
"""


def waiver(
    control: str = "F1.memory",
    resource: str = "api/HealthFunction64F2C32C",
    owner: str = "platform@example.com",
    expires: str = "2027-02-01",
) -> Text:
    """Write a waiver, by default for a function with much memory."""
    said = WAIVER.format(control=control, resource=resource, owner=owner, expires=expires)
    return Text("guidelines.toml", "", said)


def moved(environment: str, region: str) -> Content:
    """Move an environment's stacks to another region."""

    def change(content: Json) -> None:
        for artifact in content["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                account, _, _ = artifact["environment"].rpartition("/")
                artifact["environment"] = f"{account}/{region}"

    return Content(f"cdk.out/assembly-{environment}/manifest.json", change)


MUCH_MEMORY = put("Lambda::Function", "MemorySize", value=2048, name="Health")


def mutations() -> Iterator[tuple[str, Mutation]]:
    """Yield every mutation with a name."""
    for control, cases in MUTATIONS.items():
        for name, (edits, companions) in cases.items():
            listed = edits if isinstance(edits, tuple) else (edits,)
            yield f"{control}: {name}", Mutation(control, listed, frozenset(companions))
    for control, name, days in (
        ("REVIEW.quarterly", "no review", 100),
        ("3.1.runtime", "the runtime ages", 365 * 3),
    ):
        later = TODAY + timedelta(days=days)
        companions = {"REVIEW.quarterly"} - {control}
        yield f"{control}: {name}", Mutation(control, (), frozenset(companions), today=later)


Case = tuple[Edit | tuple[Edit, ...], set[str]]

# Items that the kit's tests verify.
BY_THE_KIT = {
    "F1.recommender", "L2.validated", "L3.lines", "L4.outcomes", "M2.counted", "O2.correlated",
    "R2.previews", "R3.scheduled", "S-D3.read-anew", "S-D4.parameters",
}  # fmt: skip

MUTATIONS: dict[str, dict[str, Case]] = {
    "P1.serverless": {
        "a server": (
            add("Api", "AWS::EC2::Instance", InstanceMarketOptions={"MarketType": "spot"}),
            set(),
        ),
    },
    "P2.no-calls": {
        "a function may call another": (
            in_text("IAM::Policy", "dynamodb:GetItem", "lambda:InvokeFunction", "GetRequestRole"),
            {"S-I1.behaviour", "S-D5.endpoints"},
        ),
    },
    "P2.no-loops": {
        "a function is notified of the reports that it writes": (
            Templates(_is_notified_of_its_reports), set()),
    },
    "P3.authenticated": {
        "an open route": (
            put("ApiGateway::Method", "AuthorizationType", value="NONE", name="ApiRestrequestsGET"),
            set(),
        ),
        "an HTTP API with an open route": (
            add("ApiAccessLogs", "AWS::ApiGatewayV2::Api",
                Body={"paths": {"/orders": {"get": {"responses": {}}}}}), set()),
    },
    "P3.regions": {
        "previews elsewhere": (
            Text(TEAM, "# The team", "previews.region = 'eu-west-1'\n# The team"), set()),
        "production elsewhere": (moved("prod", "eu-west-1"), set()),
    },
    "P3.not-public": {
        "a function's URL": (
            add("ApiAccessLogs", "AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn="health"),
            set()),
        "a public subnet": (
            put("EC2::Subnet", "MapPublicIpOnLaunch", value=True), set()),
        "a route from the internet": (
            add("Network", "AWS::EC2::InternetGateway"), set()),
        "a group that lets everyone in": (
            put("EC2::SecurityGroup", "SecurityGroupIngress",
                value=[{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}]), set()),
        "a public bucket": (
            put("S3::Bucket", "PublicAccessBlockConfiguration", "BlockPublicPolicy", value=False),
            set()),
        "self sign-up of users": (
            add("ApiAccessLogs", "AWS::Cognito::UserPool"), {"C6.explicit", "C6.production"}),
        "guests": (
            add("ApiAccessLogs", "AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=True),
            set()),
    },
    "P4.on-demand": {
        "provisioned capacity": (
            put("DynamoDB::GlobalTable", "BillingMode", value="PROVISIONED"), set()),
        "no limit": (drop("ApiGateway::Stage", "MethodSettings", 0, "ThrottlingRateLimit"), set()),
    },
    "P5.own-logs": {
        "Lambda's default group": (
            drop("Lambda::Function", "LoggingConfig", "LogGroup", name="Health"),
            {"O3.error-query"},
        ),
    },
    "2.2.clients": {
        "a client at import": (
            Text(HEALTH, "\n\n\n", "\nimport boto3\nTABLE = boto3.resource('dynamodb')\n\n\n"),
            set(),
        ),
    },
    "3.1.runtime": {
        "an old runtime": (
            put("Lambda::Function", "Runtime", value="python3.10", name="Health"), set()),
    },
    "3.1.handlers": {
        "a missing handler": (
            put("Lambda::Function", "Handler", value="service.handlers.health.handle",
                name="Health"), set()),
    },
    "4.1.retried": {
        "no retry": (in_text("StepFunctions::StateMachine", r"\"Retry\"", r"\"Comment\""),
                     set()),
        "no catch": (in_text("StepFunctions::StateMachine", r"\"Catch\"", r"\"Comment\""),
                     set()),
    },
    "4.1.ending": {
        "no logs": (put("StepFunctions::StateMachine", "LoggingConfiguration", "Level",
                        value="OFF"), set()),
    },
    "4.1.vended-logs": {
        "a generated name": (
            drop("Logs::LogGroup", "LogGroupName", name="ProcessingLogs"), set()),
    },
    "4.2.bus-name": {
        "the CDK's name": (
            put("Events::EventBus", "Name", value="prodeventsEventsBus5FC8266B"), set()),
        "another environment's": (
            put("Events::EventBus", "Name", value="processing-requests-dev-Events"), set()),
    },
    "4.2.targets": {
        "tried without end": (drop("Events::Rule", "Targets", 0, "RetryPolicy"), set()),
        "no target": (drop("Events::Rule", "Targets"), set()),
        "a schedule on a custom bus": (
            put("Events::Rule", "ScheduleExpression", value="rate(1 day)"), set()),
    },
    "4.2.time-zone": {
        "none": (drop("Scheduler::Schedule", "ScheduleExpressionTimezone"), set()),
    },
    "4.2.archived": {"no archive": (remove("Events::Archive"), set())},
    "4.3.no-names": {
        "a named queue": (put("SQS::Queue", "QueueName", value="waiting", name="Requests"), set()),
    },
    "4.3.partial-batch": {
        "whole batches": (drop("Lambda::EventSourceMapping", "FunctionResponseTypes"), set()),
    },
    "4.3.no-addresses": {
        "an address in code": (
            Text("infrastructure/stacks/messaging.py", "\n\n\n", '\nTO = "ann@example.com"\n\n\n'),
            set(),
        ),
    },
    "8.1.pinned": {
        "a tag": (_audited("unpinned-uses"), set()),
        "a tool without a lock": (_audited("adhoc-packages"), set()),
    },
    "8.1.no-keys": {
        "keys": (Text(WORKFLOW, "    env:\n",
                      "    env:\n      KEY: ${{ secrets.AWS_ACCESS_KEY_ID }}\n"), set()),
        "a token left on disk": (_audited("artipacked"), set()),
    },
    "8.1.permissions": {
        "default permissions": (_audited("excessive-permissions"), set()),
    },
    "8.1.audited": {"a title in a script": (_audited("template-injection"), set())},
    "8.1.cache": {
        "a cache next to credentials": (
            Text(WORKFLOW, 'cache: "false"', 'cache: "true"'), set()),
        "a cache on main in what builds": (
            Text(".github/workflows/assemble.yml", "'pull_request' }}", "'push' }}"), set()),
        "the cache of an action": (
            Text(PREVIEW, "- name: Synthesize\n",
                 "- uses: astral-sh/setup-uv@v7\n      - name: Synthesize\n"), set()),
    },
    "8.1.one-at-a-time": {
        "two at once": (Text(WORKFLOW, "    concurrency:\n", "    x-concurrency:\n"), set()),
    },
    "L1.layers": {
        "a broken contract": (_exit_code("imports"), set()),
        "no contract": (Text(".importlinter", "    boto3\n", ""), set()),
    },
    "L2.validated": {
        "unknown keys pass": (
            Text(f"{KIT}/runtime/envelope.py", 'extra="ignore", ', ""),
            {"C2.kit", "L3.lines", "L4.outcomes", "O2.correlated", "S-D3.read-anew"}),
        "failing tests": (_failing("L2"), set()),
    },
    "L2.typed": {
        "a finding": (_exit_code("types"), set()),
        "not strict": (Text("mypy.ini", "strict = True\n", ""), set()),
    },
    "L3.no-print": {
        "a finding": (_exit_code("lint"), set()),
        "the rule isn't selected": (Text("ruff.toml", '    "T20",', "    "), set()),
    },
    "L3.lines": {"failing tests": (_failing("L3"), set())},
    "L4.outcomes": {
        "failing tests": (_failing("L4"), set()),
        "a patched kit without a test": (patched("runtime/http.py"), {"C2.kit", "L3.lines"}),
    },
    "L4.swallowed": {
        "success in spite of errors": (
            Text(HEALTH, "\n\n\n", "\n\n\ndef safely() -> None:\n    try:\n        1 / 0\n"
                 "    except Exception as error:\n        logger.error(error)\n\n\n"), set()),
    },
    "L5.explicit-size": {
        "the default": (drop("Lambda::Function", "MemorySize", name="Health"), set()),
    },
    "L5.api-timeout": {
        "longer than the API": (
            put("Lambda::Function", "Timeout", value=29, name="GetRequest"), set()),
        "longer than its method waits": (
            put("ApiGateway::Method", "Integration", "TimeoutInMillis", value=10_000,
                name="ApiRestrequestsid"), set()),
        "a method that waits for longer than the quota": (
            (put("Lambda::Function", "Timeout", value=40, name="GetRequest"), WAITS_A_MINUTE),
            set()),
    },
    "L5.visibility": {
        "shorter than six times": (
            put("SQS::Queue", "VisibilityTimeout", value=179, name="Requests"), set()),
    },
    "L5.task-timeout": {
        "a function longer than its task": (
            put("Lambda::Function", "Timeout", value=26, name="NotifyFunction"), set()),
        "a state machine without a time-out": (
            in_text("StepFunctions::StateMachine", r"\"TimeoutSeconds\":1980,", r"\"X\":1,"),
            {"4.1.ending"},
        ),
    },
    "L6.dead-letters": {
        "a queue": (drop("SQS::Queue", "RedrivePolicy", name="Requests"), {"R3.referred-to"}),
        "a rule": (drop("Events::Rule", "Targets", 0, "DeadLetterConfig"), set()),
        "a subscription": (drop("SNS::Subscription", "RedrivePolicy"), {"R3.referred-to"}),
        "a function": (remove("Lambda::EventInvokeConfig"), {"S-I1.behaviour"}),
        "a schedule": (drop("Scheduler::Schedule", "Target", "DeadLetterConfig"), set()),
    },
    "L6.alarmed": {
        "no alarm": (remove("CloudWatch::Alarm", "RequestsRequestsDeadLettersDepth"), set()),
    },
    "L6.retention": {
        "as long as the source": (
            put("SQS::Queue", "MessageRetentionPeriod", value=604800, name="RequestsDead"), set()),
    },
    "L7.coverage": {
        "just 85 %": (Content(".cache/verdicts/coverage.json", _uncovered), set()),
        "failing tests": (_exit_code("unit"), set()),
    },
    "C1.domains": {
        "a bus in the stack of the API": (
            add("ApiAccessLogs", "AWS::Events::EventBus", Name="orders"),
            {"4.2.archived", "4.2.bus-name", "M4.shown"}),
        "a network around the table": (
            add("Records", "AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), set()),
    },
    "C1.references": {
        "an alias by its name alone": (
            each("Lambda::EventInvokeConfig", lambda body: body.pop("DependsOn")), set()),
        "a bus by its name": (
            put("Events::Rule", "EventBusName", value="processing-requests-prod-Events"), set()),
    },
    "C2.components": {
        "a function without a component": (
            Text("infrastructure/stacks/storage.py", "\n\n\n",
                 "\nfrom aws_cdk import aws_sqs as sqs\nsqs.Queue(None, 'Q')\n\n\n"), set()),
    },
    "C2.kit": {
        "a changed module": (patched("constructs/queue.py"), set()),
        "a module more": (Text(f"{KIT}/constructs/ours.py", "", "# Ours.\n"), set()),
        "a module that the list doesn't name": (
            Text("kit/SHA256SUMS", "src/aws_service_kit/constructs/queue.py", ""), BY_THE_KIT),
        "another list": (
            Text("tooling/kit.toml", 'sha256 = "', 'sha256 = "0'), BY_THE_KIT),
    },
    "C3.wildcards": {
        "an action": (in_text("IAM::Policy", "dynamodb:GetItem", "dynamodb:*", "GetRequestRole"),
                      {"S-I1.behaviour"}),
        "a resource": (
            statements("IAM::Policy", lambda statement: statement.update(Resource="*"),
                       name="GetRequestRole"), set()),
    },
    "C4.variables": {
        "a password": (put("Lambda::Function", "Environment", "Variables", "DB_PASSWORD",
                           value="hunter2", name="Health"), set()),
    },
    "C4.committed": {
        "a key": (Text("operations/keys.sh", "", "export KEY=AKIAABCDEFGHIJKLMNOP\n"), set()),
    },
    "C5.tags": {
        "no owner": (drop("SQS::Queue", "Tags", -1, name="Requests"), set()),
        "a tag of the team's": (
            Text(TEAM, "# The team", 'service.tags.product = "orders"\n# The team'), set()),
    },
    "C6.explicit": {
        "nothing said": (each("SNS::Topic", lambda body: body.pop("DeletionPolicy"), name="Notif",
                              environment="dev"), set()),
    },
    "C6.environment": {
        "a table that outlives dev": (
            each("DynamoDB::GlobalTable", lambda body: body.update(KEPT), environment="dev"),
            set()),
        "retained resources in dev": (
            Text(TEAM, "# The team",
                 "environments.dev.removal = 'retain'\n# The team"), set()),
    },
    "C6.protected": {
        "a table without deletion protection": (
            put("DynamoDB::GlobalTable", "Replicas", 0, "DeletionProtectionEnabled", value=False),
            set()),
    },
    "S-I1.network-interfaces": {
        "code may": (
            in_text("IAM::Role", "lambda:SourceFunctionArn", "aws:SourceArn", "HealthRole"), set()),
    },
    "S-I1.boundary": {
        "code may change functions": (
            Text("operations/permissions-boundary.json", '"ce:GetCostAndUsage",',
                 '"ce:GetCostAndUsage", "lambda:*",'), set()),
        "code may all but a list": (
            Text("operations/permissions-boundary.json",
                 '"WorkOfTheServicesCode",\n      "Effect": "Allow",\n      "Action"',
                 '"WorkOfTheServicesCode",\n      "Effect": "Allow",\n      "NotAction"'), set()),
    },
    "C6.production": {
        "a table that is deleted with its stack": (
            each("DynamoDB::GlobalTable", lambda body: body.update(DeletionPolicy="Delete")),
            set()),
    },
    "S-I1.behaviour": {
        "more permissions than calls": (
            in_text("IAM::Policy", "dynamodb:GetItem", "dynamodb:UpdateItem", "GetRequestRole"),
            set()),
        "calls without permissions": (_called("get_request"), set()),
        "a call without a grant": (_called("get_request", "dynamodb:GetItem", "dynamodb:PutItem"),
                                   set()),
    },
    "S-I1.rule-packs": {
        "a finding": (Content("cdk.out/validation-report.json", _found), set()),
        "accepted without a reason": (_accepted("because"), set()),
        "accepted without an owner": (_accepted("Only this service's people may read it."), set()),
        "accepted until yesterday": (
            _accepted("Only this service's people may read it. [ann, until 2026-11-29]"), set()),
        "no pack": (
            Text(f"{KIT}/app/synthesis.py", "from cdk_nag import", "from nothing import"),
            {"C2.kit"}),
    },
    "S-I2.own-role": {
        "a role of two functions": (
            in_text("Lambda::Function", "HealthRole9992383A", "SubmitRequestRoleDA227F56",
                    "Health"), {"S-I1.behaviour"}),
    },
    "S-I3.statement-ids": {
        "none": (statements("SQS::QueuePolicy", lambda statement: statement.pop("Sid"),
                            name="Requests"), set()),
    },
    "S-I3.listed": {
        "not in the document": (Text("docs/architecture.md", "`ReadCosts`", ""), set()),
    },
    "S-I4.cross-account": {
        "another account": (in_text(
            "SNS::TopicPolicy", '"Service": "cloudwatch.amazonaws.com"',
            '"AWS": "arn:aws:iam::999999999999:root"'), set()),
        "a function that any principal may call": (
            add("ApiAccessLogs", "AWS::Lambda::Permission", Action="lambda:InvokeFunction",
                FunctionName="health", Principal="*"), set()),
        "another account may call a function": (
            add("ApiAccessLogs", "AWS::Lambda::Permission", Action="lambda:InvokeFunction",
                FunctionName="health", Principal="999999999999"), set()),
        "a service, for any account": (
            drop("Lambda::Permission", "SourceArn", name="ApiRestrequestsGET"), set()),
        "any principal, over TLS": (statements(
            "SNS::TopicPolicy", lambda statement: statement["Effect"] == "Deny" or
            statement.update(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
            set()),
        "a policy that is written as text": (
            add("ApiAccessLogs", "AWS::Logs::ResourcePolicy", PolicyName="others",
                PolicyDocument=json.dumps({"Statement": [{
                    "Effect": "Allow", "Principal": {"AWS": "999999999999"},
                    "Action": "logs:PutLogEvents", "Resource": "*"}]})), set()),
        "a bus's policy": (
            add("ApiAccessLogs", "AWS::Events::EventBusPolicy", StatementId="Others",
                Action="events:PutEvents", Principal="*"), set()),
        "an organisation that isn't listed": (
            add("ApiAccessLogs", "AWS::Lambda::LayerVersionPermission", Principal="*",
                Action="lambda:GetLayerVersion", OrganizationId="o-abcdefghij"), set()),
        "every repository of GitHub": (
            put("IAM::Role", "AssumeRolePolicyDocument", "Statement", value=[{
                "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": "arn:aws:iam::000000000000:oidc-provider/"
                              "token.actions.githubusercontent.com"},
                "Condition": {"StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}],
                name="Health"), set()),
    },
    "S-I4.previews": {
        "production's account": (
            Text(TEAM, "# The team",
                 "previews.account = '444444444444'\n"
                 "environments.prod.account = '444444444444'\n# The team"), set()),
    },
    "S-I5.no-users": {"a user": (add("ApiAccessLogs", "AWS::IAM::User"), set())},
    "S-D1.at-rest": {
        "a queue in the clear": (
            drop("SQS::Queue", "SqsManagedSseEnabled", name="Requests"), set()),
    },
    "S-D1.customer-key": {
        "keys of AWS": (
            Text("infrastructure/config/answers.toml", 'encryption = "aws"',
                 'encryption = "customer"'), set()),
    },
    "S-D1.recovery": {
        "`TableV2` without": (
            drop("DynamoDB::GlobalTable", "Replicas", 0, "PointInTimeRecoverySpecification"),
            set()),
    },
    "S-D2.in-transit": {
        "a bucket in the clear": (remove("S3::BucketPolicy"), set()),
        "an API takes an old TLS": (
            put("ApiGateway::RestApi", "SecurityPolicy", value="TLS_1_0"), set()),
    },
    "S-D3.rotated": {"never": (remove("SecretsManager::RotationSchedule"), set())},
    "S-D3.read-anew": {
        "kept for ever": (
            Text("src/service/adapters/factories/storage.py", "def orders(",
                 "class Secrets:\n    @lru_cache(maxsize=10)\n    def get(self) -> str:\n"
                 "        return ''\n\n\ndef orders("), set()),
        "failing tests": (_failing("S-D3"), set()),
    },
    "S-D4.parameters": {
        "an empty parameter": (put("SSM::Parameter", "Value", value=" "), set()),
        "a patched kit without a test": (
            patched("runtime/parameters.py"), {"C2.kit", "S-D3.read-anew"}),
    },
    "S-D5.endpoints": {"none for SQS": (remove("EC2::VPCEndpoint", "NetworkSqs"), set())},
    "S-D5.own-account": {
        "for any principal": (drop("EC2::VPCEndpoint", "PolicyDocument", name="NetworkS3"), set()),
    },
    "M1.json": {
        "plain text": (put("Lambda::Function", "LoggingConfig", "LogFormat", value="Text",
                           name="Health"), set()),
    },
    "M1.level": {
        "metrics are dropped": (
            put("Lambda::Function", "LoggingConfig", "ApplicationLogLevel", value="ERROR",
                name="Health"), set()),
        "log lines of the configured level are dropped": (
            put("Lambda::Function", "Environment", "Variables", "POWERTOOLS_LOG_LEVEL",
                value="DEBUG", name="Health"), set()),
        "the configured level has no effect": (
            (put("Lambda::Function", "Environment", "Variables", "POWERTOOLS_LOG_LEVEL",
                 value="ERROR", name="Health"),
             Text(f"{KIT}/runtime/logging.py", "logging.disable(_level() - 1)\n", "")),
            {"C2.kit", "L2.validated", "L3.lines", "L4.outcomes", "M2.counted", "S-D3.read-anew"}),
    },
    "M2.counted": {"failing tests": (_failing("M2"), set())},
    "M2.shown": {
        "not on the dashboard": (
            in_text("CloudWatch::Dashboard", "ServiceFault", "Nothing"), set()),
    },
    "M3.covered": {
        "a function's errors": (remove("CloudWatch::Alarm", "HealthErrors"), set()),
        "a queue's age": (remove("CloudWatch::Alarm", "RequestsAge"), set()),
        "a stream's age": (Templates(_reads_a_stream), set()),
        "failed executions": (remove("CloudWatch::Alarm", "ProcessingFailed"), set()),
    },
    "M3.told": {
        "nobody": (drop("CloudWatch::Alarm", "AlarmActions", name="HealthErrors"), set()),
    },
    "M4.shown": {
        "no dashboard": (remove("CloudWatch::Dashboard"), set()),
    },
    "M5.minimum": {
        "too few days": (put("Logs::LogGroup", "RetentionInDays", value=30), set()),
        "too few days of one group": (
            put("Logs::LogGroup", "RetentionInDays", value=30, name="HealthLogs"), set()),
    },
    "M5.retention": {
        "for ever": (drop("Logs::LogGroup", "RetentionInDays", name="HealthLogs"), set()),
    },
    "O1.traced": {
        "a function": (put("Lambda::Function", "TracingConfig", "Mode", value="PassThrough",
                           name="Health"), set()),
        "the API": (drop("ApiGateway::Stage", "TracingEnabled"), set()),
    },
    "O2.correlated": {"failing tests": (_failing("O2"), set())},
    "O3.error-query": {
        "no query": (remove("Logs::QueryDefinition", "SavedQueriesErrors"), set()),
    },
    "O4.percentile": {
        "the average": (put("CloudWatch::Alarm", "ExtendedStatistic", value="Average",
                            name="HealthLatency"), set()),
    },
    "O4.service-level": {"none": (remove("CloudWatch::CompositeAlarm"), {"M3.told"})},
    "O4.missing-data": {
        "nothing said": (drop("CloudWatch::Alarm", "TreatMissingData", name="HealthErrors"),
                         set()),
    },
    "O4.filled": {
        "a missing index": (
            in_text("CloudWatch::Alarm", "FILL(metric1, 0)", "metric1", "RecordsReadThrottles"),
            set()),
        "no sum": (
            each("CloudWatch::Alarm", lambda body: body["Properties"].update(
                Metrics=body["Properties"]["Metrics"][1:]), "RecordsSystemErrors"), set()),
    },
    "O5.budget": {
        "the whole account": (drop("Budgets::Budget", "Budget", "FilterExpression"), set()),
        "no budget": (remove("Budgets::Budget"), set()),
    },
    "F1.memory": {"two gigabytes": (MUCH_MEMORY, set())},
    "F1.recommender": {
        "nothing runs it": (Text(HOUSEKEEPING, "dev.py right-sizing", "dev.py targets"), set()),
        "no schedule": (
            Text(HOUSEKEEPING, "  schedule:\n", "  push:\n  x-schedule:\n"), {"R3.scheduled"}),
        "failing tests": (_failing("F1"), set()),
    },
    "F2.reserved": {
        "no document": (Text("kit/guides/organisation.md", "## F2:", "##"), set()),
    },
    "F3.spot": {
        "on demand": (add("ApiAccessLogs", "AWS::EC2::Instance"), {"P1.serverless"}),
    },
    "F4.lifecycle": {
        "uploads for ever": (
            drop("S3::Bucket", "LifecycleConfiguration", "Rules", 0,
                 "AbortIncompleteMultipartUpload"), set()),
    },
    "F5.anomalies": {
        "no subscription": (remove("CE::AnomalySubscription"), set()),
        "no subscriber": (drop("CE::AnomalySubscription", "Subscribers"), set()),
    },
    "R1.cost-tags": {
        "no service": (drop("Lambda::Function", "Tags", -1, name="Health"), {"C5.tags"}),
    },
    "R2.ends": {
        "rows for ever": (drop("DynamoDB::GlobalTable", "TimeToLiveSpecification"), set()),
        "events for ever": (drop("Events::Archive", "RetentionDays"), set()),
    },
    "R2.previews": {
        "nothing removes them": (Text(PREVIEWS, "--remove", ""), set()),
        "no schedule": (Text(PREVIEWS, "  schedule:\n", "  push:\n  x-schedule:\n"), set()),
        "failing tests": (_failing("R2"), set()),
    },
    "R3.referred-to": {
        "an unused queue": (
            add("ApiAccessLogs", "AWS::SSM::Parameter", Value="1", Type="String"), set()),
    },
    "R3.scheduled": {
        "nothing runs it": (Text(HOUSEKEEPING, "dev.py unused", "dev.py targets"), set()),
        "a patched kit without a test": (patched("operations/unused.py"), {"C2.kit"}),
    },
    "R4.report": {"no schedule": (remove("Scheduler::Schedule", "CostReport"), set())},
    "R5.budget-alerts": {
        "no forecast": (in_text("Budgets::Budget", "FORECASTED", "ACTUAL"), set()),
    },
    "WAIVERS.current": {
        "expired": ((MUCH_MEMORY, waiver(expires="2026-11-01")), {"F1.memory"}),
        "no owner": ((MUCH_MEMORY, waiver(owner="")), {"F1.memory"}),
        "not needed": (waiver(), set()),
        "of no control": (waiver(control="F9.nothing"), set()),
    },
}  # fmt: skip
