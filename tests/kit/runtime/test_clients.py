from typing import Any

import pytest
from aws_service_kit.runtime import clients


@pytest.mark.usefixtures("aws")
def test_clients_are_shared() -> None:
    assert clients.dynamodb() is clients.dynamodb()
    assert clients.sqs().meta.service_model.service_name == "sqs"


@pytest.mark.usefixtures("aws")
def test_retries_end_before_the_gateways_time_out() -> None:
    config: Any = clients.dynamodb().meta.config  # its options aren't typed

    attempts = config.retries["total_max_attempts"]
    assert attempts * (config.connect_timeout + config.read_timeout) < 29


@pytest.mark.usefixtures("aws")
def test_time_outs_and_attempts_of_a_client_are_configurable() -> None:
    made: Any = clients.client("sns", connect_timeout=2, read_timeout=5, attempts=4)
    config = made.meta.config
    waits = (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])
    assert waits == (2, 5, 4)


@pytest.mark.usefixtures("aws")
def test_cost_explorer_uses_its_only_endpoint_and_a_longer_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    clients.client.cache_clear()

    meta = clients.cost_explorer().meta
    config: Any = meta.config
    assert meta.endpoint_url == "https://ce.us-east-1.amazonaws.com"
    ordinary: Any = clients.dynamodb().meta.config
    assert config.read_timeout > ordinary.read_timeout
    assert config.retries["total_max_attempts"] == 3
    clients.client.cache_clear()


@pytest.mark.parametrize(
    ("variables", "created"),
    [
        ({}, False),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, False),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, True),
    ],
)
def test_clients_are_created_during_init_on_lambda_only(
    variables: dict[str, str], created: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made: list[str] = []

    clients.create_at_init(lambda: made.append("one"), lambda: made.append("two"))

    assert made == (["one", "two"] if created else [])


@pytest.mark.parametrize(("value", "expected"), [("url", ["always", "queue"]), ("", ["always"])])
def test_a_client_is_created_if_its_variable_is_set(
    value: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    monkeypatch.setenv("QUEUE_URL", value)
    made: list[str] = []

    clients.create_at_init(
        lambda: made.append("always"), clients.if_set("QUEUE_URL", lambda: made.append("queue"))
    )

    assert made == expected
