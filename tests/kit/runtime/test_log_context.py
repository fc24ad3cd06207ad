"""Log keys of a service's `log_context.py` are in all lines of an invocation, and in no others."""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.envelope import Correlated, Envelope
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.event_handler import event_handler
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.request import Request
from aws_service_kit.runtime.task import task
from aws_service_kit.testing.api_gateway import proxy_event
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch, envelope, event
from aws_service_kit.testing.unit import Context, Output

pytestmark = pytest.mark.guideline("L3")


def log_keys(work: Request | Correlated) -> Mapping[str, object]:
    """Return the tenant's id, as a service's `log_context.py` does."""
    if isinstance(work, Envelope):
        return {"tenant_id": work.data["tenant"], "correlation_id": "mine", "lineno": 7}
    return {"tenant_id": work.claims["tenant"]} if isinstance(work, Request) else {"state": "task"}


@pytest.fixture(autouse=True)
def log_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide the module `log_context` in the package of the handlers."""
    package, module = ModuleType("handlers"), ModuleType("handlers.log_context")
    package.__path__ = []
    module.log_keys = log_keys  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "handlers", package)
    monkeypatch.setitem(sys.modules, "handlers.log_context", module)
    yield
    logger.clear_state()


def take(message: Envelope) -> None:
    logger.info("Taken")
    if message.data.get("fails"):
        raise NotFoundError


def get(_request: Request) -> Response:
    logger.info("Asked")
    return Response(200, Correlated(correlation_id=CORRELATION_ID))


def decide(state: Envelope) -> Correlated:
    logger.info("Decided")
    return state


for handle in (take, get, decide):
    handle.__module__ = "handlers.some"


def about(tenant: str, **data: str) -> str:
    return envelope(data={"tenant": tenant, **data}).to_json()


def test_each_message_of_a_batch_has_its_log_keys(output: Output) -> None:
    bodies = [about("first"), about("second", fails="yes"), "no envelope", about("fourth")]

    batch_handler(take)(batch(*bodies), Context())

    lines = [line for line in output.logs if line["message"] != "Metric left out"]
    tenants = [(line["message"], line.get("tenant_id")) for line in lines]
    assert tenants == [
        ("Taken", "first"),
        ("Message processed", "first"),
        ("Taken", "second"),
        ("Message refused", "second"),
        ("Message refused", None),
        ("Taken", "fourth"),
        ("Message processed", "fourth"),
    ]


def test_events_and_tasks_have_their_log_keys(output: Output) -> None:
    event_handler(take)(event(data={"tenant": "one"}), Context())
    task(Envelope)(decide)(event(data={"tenant": "two"}), Context())

    assert [line["tenant_id"] for line in output.logs] == ["one", "one", "two", "two"]


def test_threads_of_a_handler_have_its_log_keys(output: Output) -> None:
    """See https://github.com/aws-powertools/powertools-lambda-python/pull/5141."""

    def fetch(message: Envelope) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(take, message).result()

    fetch.__module__ = take.__module__

    event_handler(fetch)(event(data={"tenant": "one"}), Context())

    assert [line["tenant_id"] for line in output.logs] == ["one", "one"]


def test_log_keys_cannot_replace_keys_of_the_kit(output: Output) -> None:
    event_handler(take)(event(data={"tenant": "one"}), Context())

    line = output.logs[0]
    assert (line["correlation_id"], line["correlation_id_"]) == (CORRELATION_ID, "mine")
    assert line["lineno_"] == 7


def test_log_keys_of_a_request_end_with_it(output: Output) -> None:
    """See https://github.com/aws-powertools/powertools-lambda-python/issues/407."""
    handler = endpoint(get)
    asked = proxy_event()
    asked["requestContext"]["authorizer"] = {"claims": {"tenant": "one"}}

    handler(asked, Context())
    handler(proxy_event(), Context())

    first, second = output.logs[:2], output.logs[2:]
    assert [line["tenant_id"] for line in first] == ["one", "one"]
    assert not any("tenant_id" in line for line in second)


def test_an_error_in_log_keys_is_logged_and_does_not_fail_the_request(output: Output) -> None:
    answer = endpoint(get)(proxy_event(), Context())

    assert answer["statusCode"] == 200
    assert [line["message"] for line in output.logs] == [
        "Log keys left out",
        "Asked",
        "Request answered",
    ]
    assert [line.get("log_keys_error") for line in output.logs[1:]] == ["KeyError", "KeyError"]
    assert output.counted("Success") == 1


def test_a_missing_dependency_of_the_module_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "handlers.log_context":
                raise ModuleNotFoundError("No module named 'pytz'", name="pytz")

    monkeypatch.delitem(sys.modules, "handlers.log_context")
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    with pytest.raises(ModuleNotFoundError, match="pytz"):
        event_handler(take)
