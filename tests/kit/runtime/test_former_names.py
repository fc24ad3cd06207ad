"""Names of 2.0 work until 2.3, with warnings that a service's pytest.ini allows."""

import importlib
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from aws_service_kit.runtime import clients, dependencies, invocation, logging, validation
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.errors import InternalError
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.python import run_python
from pydantic import ValidationError

RUNTIME = "aws_service_kit.runtime"
MODULES = {
    "event": ("event_handler", {"subscriber": "event_handler"}),
    "init": (
        "cold_start",
        {"begin": "defer_garbage_collection", "end": "freeze_objects", "on_lambda": "on_lambda"},
    ),
    "queue": ("batch", {"BatchResponse": "BatchResponse", "consumer": "batch_handler"}),
    "settings": (
        "environment_variables",
        {
            "optional_days": "optional_days",
            "optional_text": "optional",
            "text": "required",
            "text_set": "string_set",
        },
    ),
}


@pytest.mark.parametrize("former", MODULES)
def test_importing_a_module_by_its_former_name_warns(former: str) -> None:
    name, members = MODULES[former]
    warning = rf"{RUNTIME}\.{former} is called {RUNTIME}\.{name} since 2\.1\.0"
    with pytest.raises(AssertionError, match=rf'File "<string>", line 1(?s:.*): {warning}'):
        run_python("-W", "error", "-c", f"import {RUNTIME}.{former}")

    with pytest.warns(DeprecationWarning, match=f"^{warning}$"):
        old = importlib.reload(importlib.import_module(f"{RUNTIME}.{former}"))
    new = importlib.import_module(f"{RUNTIME}.{name}")
    assert {each: getattr(old, each) for each in members} == {
        each: getattr(new, today) for each, today in members.items()
    }


@pytest.mark.parametrize(
    ("former", "call"),
    [
        ("clients.prime", clients.prime),
        ("dependencies.refusal", lambda: dependencies.refusal("SQS", "OverLimit")),
        ("invocation.follow", lambda: invocation.follow(envelope())),
        ("invocation.raise_safely", lambda: invocation.raise_safely(ValueError())),
        ("logging.own_keys", logging.own_keys),
        ("validation.body_errors", lambda: validation.body_errors(invalid())),
    ],
)
def test_calling_a_function_by_its_former_name_warns(
    former: str, call: Callable[[], object]
) -> None:
    module, name = former.split(".")
    today = getattr(importlib.import_module(f"{RUNTIME}.{module}"), name).__name__
    message = f"{RUNTIME}.{former} is called {RUNTIME}.{module}.{today} since 2.1.0"
    assert today != name

    with pytest.warns(DeprecationWarning, match=f"^{re.escape(message)}$"), suppress(InternalError):
        call()


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Envelope.model_validate({})
    return raised.value
