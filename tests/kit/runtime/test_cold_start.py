import json

import pytest
from aws_service_kit.testing.python import run_python

ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}

STATES = """
import gc, json

def state():
    return {"threshold": gc.get_threshold()[0], "frozen": gc.get_freeze_count()}

states = [state()]
from aws_service_kit.runtime import cold_start
states.append(state())
cold_start.defer_garbage_collection()
states.append(state())
from aws_service_kit.runtime import invocation
invocation.invocation(state, dict)
states.append(state())
print(json.dumps(states))
"""


def states(**variables: str) -> list[dict[str, int]]:
    """Return the collector's state before the import, after it, during init, and after init."""
    printed: list[dict[str, int]] = json.loads(run_python("-c", STATES, **variables))
    return printed


def test_garbage_collection_starts_after_init_and_ignores_its_objects() -> None:
    before, imported, during, after = states(**ON_LAMBDA)

    assert imported == before
    assert during["threshold"] > 50 * before["threshold"]
    assert after["threshold"] == before["threshold"]
    assert during["frozen"] == before["frozen"]
    assert after["frozen"] > before["frozen"] + 10_000


@pytest.mark.parametrize("name", ON_LAMBDA)
def test_outside_of_lambda_the_garbage_collector_is_unchanged(name: str) -> None:
    before, *others = states(**{name: ON_LAMBDA[name]})

    assert others == [before] * 3
