from datetime import timedelta

import pytest
from aws_service_kit.runtime import environment_variables
from aws_service_kit.runtime.errors import ConfigurationError


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NAME", "value")

    assert environment_variables.required("SOME_NAME") == "value"
    assert environment_variables.optional("SOME_NAME") == "value"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_variable_is_none_or_an_error(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_NAME", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_NAME", value)

    assert environment_variables.optional("SOME_NAME") is None
    with pytest.raises(ConfigurationError, match="SOME_NAME"):
        environment_variables.required("SOME_NAME")


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), ("", None), ("365", timedelta(days=365))]
)
def test_days_are_read(
    value: str | None, expected: timedelta | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_DAYS", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_DAYS", value)

    assert environment_variables.optional_days("SOME_DAYS") == expected


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "a year"])
def test_an_invalid_number_of_days_is_an_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_DAYS", value)

    with pytest.raises(ConfigurationError, match="SOME_DAYS"):
        environment_variables.optional_days("SOME_DAYS")


@pytest.mark.parametrize(
    ("value", "expected"), [("", set()), ("a", {"a"}), ("a, b,,a ", {"a", "b"})]
)
def test_a_comma_separated_list_is_a_set(
    value: str, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_NAMES", value)

    assert environment_variables.string_set("SOME_NAMES") == expected
    assert environment_variables.string_set("OTHER_NAMES") == frozenset()
