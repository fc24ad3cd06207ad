"""The examples in the docstrings of constructs and of the runtime's entry points run."""

import ast
import inspect
import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import aws_service_kit.testing.unit  # noqa: F401 - variables of functions, before their code
import pytest
from aws_cdk import App, Duration, Environment, Stage
from aws_cdk import aws_stepfunctions as sfn
from aws_service_kit import constructs, runtime
from aws_service_kit.config import ServiceConfig, connections, load
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue, Queue
from aws_service_kit.constructs.service_level import failed_requests
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import FunctionTask
from aws_service_kit.constructs.table import Table
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.signatures import GitHub
from aws_service_kit.testing import envelopes
from aws_service_kit.testing.api_gateway import proxy_event
from aws_service_kit.testing.rotation import rotating
from aws_service_kit.testing.sample import project
from aws_service_kit.testing.unit import *  # noqa: F403
from aws_service_kit.testing.unit import Context
from constructs import Construct
from pydantic import BaseModel, ConfigDict
from sybil import Sybil
from sybil.document import PythonDocStringDocument, PythonDocument
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser

PARSER = Sybil(parsers=[PythonCodeBlockParser()], document_types={".py": PythonDocStringDocument})


class OrderView(BaseModel):
    """The response body of the examples' API."""

    id: str


def defined_in(package: Any) -> Iterator[Any]:  # noqa: ANN401 - a package
    """Yield the public classes and functions of a package's modules."""
    for found in iter_modules(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        for name, member in vars(module).items():
            if getattr(member, "__module__", "") == found.name and not name.startswith("_"):
                yield member


def positional(function: Callable[..., object]) -> list[inspect.Parameter]:
    """Return the parameters of a function that aren't keyword-only."""
    parameters = inspect.signature(function).parameters.values()
    return [each for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]


# Names of a team's modules, and further imports of examples.
COMMON: dict[str, object] = {
    "ConfigDict": ConfigDict,
    "connections": connections,
    "Duration": Duration,
    "Envelope": Envelope,
    "Function": Function,
    "FunctionTask": FunctionTask,
    "GitHub": GitHub,
    "NotFoundError": NotFoundError,
    "OrderView": OrderView,
    "Bucket": Bucket,
    "Table": Table,
    "failed_requests": failed_requests,
    "find": lambda *, owner, order_id: owner and OrderView(id=order_id),
    "report": str,
    "secrets": secrets,
    "sfn": sfn,
    "ship": lambda *, order_id: f"tracking of {order_id}",
    "timedelta": timedelta,
}
# Base classes have no examples.
CONSTRUCTS = [
    member
    for member in defined_in(constructs)
    if inspect.isclass(member) and issubclass(member, Construct) and member is not AnyQueue
]
ENTRY_POINTS = [
    member
    for member in defined_in(runtime)
    if inspect.isfunction(member)
    and "LambdaContext" in str(member.__annotations__.get("return"))
    and len(positional(member)) == 1
]


def example_of(owner: Any) -> Example:  # noqa: ANN401 - a class or a function
    """Return the example in a docstring.

    Raises:
        AssertionError: The docstring has no example.
    """
    path = Path(str(inspect.getsourcefile(owner)))
    lines, first = inspect.getsourcelines(owner)
    found = [
        each for each in PARSER.parse(path).examples() if first <= each.line < first + len(lines)
    ]
    assert found, f"{owner.__qualname__} has no example"
    document = found[0].document
    assert isinstance(document, PythonDocument)
    # Otherwise it would import the module under its name.
    document.pop_evaluator(document.import_document)
    return found[0]


def read_by(example: Example) -> set[str]:
    """Return the names that an example reads without assigning them."""
    names = [each for each in ast.walk(ast.parse(example.parsed)) if isinstance(each, ast.Name)]
    assigned = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return {each.id for each in names} - assigned


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> ServiceConfig:
    return load(project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "code.py").touch()
    return folder


@pytest.fixture
def environment(config: ServiceConfig, bundle: Path) -> ServiceEnvironment:
    return ServiceEnvironment(config=config, settings=config.environments["prod"], bundle=bundle)


@pytest.fixture
def stage(environment: ServiceEnvironment, tmp_path: Path) -> Stage:
    app = App(outdir=str(tmp_path / "assembly"), builtin_cloud_formation_validation=False)
    settings = environment.settings
    return Stage(app, "prod", env=Environment(account=settings.account, region=settings.region))


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda each: each.__name__)
def test_the_example_of_a_construct_can_be_synthesized(
    construct: type[Construct], stage: Stage, environment: ServiceEnvironment
) -> None:
    example = example_of(construct)
    stack = ServiceStack(stage, "sample", environment=environment, description="Sample")
    others = Others(stack)
    example.namespace.update(
        {**COMMON, **vars(inspect.getmodule(construct))},
        environment=environment,
        stack=stack,
        stage=stage,
        **{name: getattr(others, name) for name in read_by(example) if hasattr(Others, name)},
    )

    example.evaluate()

    assert stage.synth().stacks


@dataclass
class Others:
    """Resources that examples use, created on first use."""

    stack: ServiceStack

    @cached_property
    def api(self) -> RestApi:
        api = RestApi(self.stack, "OtherApi")
        api.add_route("GET /other", self.function, responses={200: None})
        return api

    @cached_property
    def bus(self) -> EventBus:
        return EventBus(self.stack, "OtherBus")

    @cached_property
    def dead_letter_queue(self) -> DeadLetterQueue:
        return DeadLetterQueue(self.stack, "OtherDeadLetters")

    @cached_property
    def failed(self) -> sfn.Fail:
        return sfn.Fail(self.stack, "Failed", error="Failed")

    @cached_property
    def function(self) -> Function:
        return Function(
            self.stack,
            "OtherFunction",
            handler="service.handlers.other.handler",
            memory_mb=512,
            timeout=Duration.seconds(20),
            on_failure=self.dead_letter_queue,
        )

    @cached_property
    def queue(self) -> Queue:
        return Queue(self.stack, "OtherQueue", consumer_timeout=Duration.seconds(20))

    @cached_property
    def refused(self) -> sfn.Fail:
        return sfn.Fail(self.stack, "Refused", error="Refused")

    @cached_property
    def table(self) -> Table:
        return Table(self.stack, "OtherTable", partition_key="pk", sort_key="sk")


ORDER = {"order_id": "1"}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("entry_point", ENTRY_POINTS, ids=lambda each: each.__name__)
def test_the_example_of_an_entry_point_handles_an_invocation(
    entry_point: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    example = example_of(entry_point)
    module = ModuleType("service.handlers.example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    own = {"__name__": module.__name__}
    example.namespace.update({**COMMON, **vars(inspect.getmodule(entry_point)), **own})
    example.evaluate()
    handler = example.namespace["handler"]

    if entry_point.__name__ == "webhook":
        monkeypatch.setenv("WEBHOOK_SECRET_ARN", "shared")
        clients.secretsmanager().create_secret(Name="shared", SecretString="secret")
        unsigned = handler(proxy_event({"id": "1"}), Context())
        assert unsigned["statusCode"] == HTTPStatus.UNAUTHORIZED
        return
    if entry_point.__name__ == "rotation":
        clients.secretsmanager().create_secret(Name="key", SecretString="first")
        rotating(handler, monkeypatch)("key")
        assert clients.secretsmanager().get_secret_value(SecretId="key")["SecretString"] != "first"
        return
    event, expected = INVOCATIONS[entry_point.__name__]
    output = handler(event, Context())
    assert expected(output), output


INVOCATIONS: Mapping[str, tuple[Mapping[str, Any], Callable[[Any], bool]]] = {
    "batch_handler": (
        envelopes.batch(envelopes.envelope(data=ORDER).to_json()),
        lambda output: output == {"batchItemFailures": []},
    ),
    "endpoint": (
        proxy_event(path={"id": "1"}),
        lambda output: output["statusCode"] == 200 and output["body"] == '{"id":"1"}',
    ),
    "event_handler": (envelopes.event(), lambda output: output is None),
    "object_batch_handler": (
        envelopes.batch(json.dumps(envelopes.object_event())),
        lambda output: output == {"batchItemFailures": []},
    ),
    "object_handler": (envelopes.object_event(), lambda output: output is None),
    "stream_handler": (
        envelopes.stream(envelopes.stream_record(new=ORDER)),
        lambda output: output == {"batchItemFailures": []},
    ),
    "task": (
        {"correlation_id": envelopes.CORRELATION_ID, **ORDER},
        lambda output: output["tracking"] == "tracking of 1",
    ),
}


def test_examples_are_found() -> None:
    assert {Queue, RestApi, Table} < set(CONSTRUCTS)
    assert {each.__name__ for each in ENTRY_POINTS} == {*INVOCATIONS, "rotation", "webhook"}
