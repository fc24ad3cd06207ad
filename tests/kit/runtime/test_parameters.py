from collections.abc import Callable
from typing import Any

import pytest
from aws_service_kit.runtime import clients, parameters
from aws_service_kit.runtime.errors import ConfigurationError, DependencyFailedError

pytestmark = [pytest.mark.guideline("S-D3", "S-D4"), pytest.mark.usefixtures("aws")]


@pytest.mark.parametrize(
    ("limit", "configured", "seconds"),
    [({}, "", 300), ({}, "90", 90), ({"max_age": 60}, "", 60), ({"max_age": 60}, "90", 60)],
)
def test_secrets_and_parameters_are_cached_for_their_maximum_age(
    limit: dict[str, int],
    configured: str,
    seconds: int,
    advance: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_PARAMETERS_MAX_AGE", configured)
    ssm, secretsmanager = clients.ssm(), clients.secretsmanager()
    ssm.put_parameter(Name="/name", Value="old value", Type="String")
    arn = secretsmanager.create_secret(Name="name", SecretString="old secret")["ARN"]

    def read() -> tuple[str, str]:
        return parameters.parameter("/name", **limit), parameters.secret(arn, **limit)

    assert read() == ("old value", "old secret")

    ssm.put_parameter(Name="/name", Value="new value", Type="String", Overwrite=True)
    secretsmanager.put_secret_value(SecretId=arn, SecretString="new secret")

    advance(seconds - 30)
    assert read() == ("old value", "old secret")
    advance(seconds + 1)
    assert read() == ("new value", "new secret")


def test_secret_versions_are_the_current_and_the_previous_value() -> None:
    secretsmanager = clients.secretsmanager()
    arn = secretsmanager.create_secret(Name="name", SecretString="first")["ARN"]
    assert list(parameters.secret_versions(arn)) == ["first", "first"]
    for value in ("second", "third"):
        secretsmanager.put_secret_value(SecretId=arn, SecretString=value)
    parameters.version_store.cache_clear()

    # The cached value comes first, because it most likely made the signature.
    assert list(parameters.secret_versions(arn)) == ["first", "third", "second"]


def test_secret_versions_reads_again_after_some_seconds(
    advance: Callable[[float], None],
) -> None:
    secretsmanager = clients.secretsmanager()
    arn = secretsmanager.create_secret(Name="name", SecretString="first")["ARN"]
    assert "second" not in parameters.secret_versions(arn)
    secretsmanager.put_secret_value(SecretId=arn, SecretString="second")

    advance(9)
    assert "second" not in parameters.secret_versions(arn)
    advance(11)
    assert "second" in parameters.secret_versions(arn)
    assert parameters.secret(arn) == "first"


def test_a_rotation_between_two_reads_omits_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    secretsmanager = clients.secretsmanager()
    arn = secretsmanager.create_secret(Name="name", SecretString="first")["ARN"]
    secretsmanager.put_secret_value(SecretId=arn, SecretString="second")
    rest = parameters.secret_versions(arn)
    assert next(rest) == "second"
    read = secretsmanager.get_secret_value

    def read_and_rotate(**options: Any) -> object:  # noqa: ANN401 (the SDK's)
        answer = read(**options)
        monkeypatch.setattr(secretsmanager, "get_secret_value", read)
        secretsmanager.put_secret_value(SecretId=arn, SecretString="third")
        return answer

    monkeypatch.setattr(secretsmanager, "get_secret_value", read_and_rotate)

    # The value that was current until now.
    assert list(rest) == ["second", "second"]


def test_failed_calls_are_dependency_errors() -> None:
    with pytest.raises(DependencyFailedError, match="ParameterNotFound"):
        parameters.parameter("/absent")
    with pytest.raises(DependencyFailedError, match="ResourceNotFoundException"):
        parameters.secret("absent")
    with pytest.raises(DependencyFailedError, match="ResourceNotFoundException"):
        list(parameters.secret_versions("absent"))


def test_a_secure_string_is_decrypted() -> None:
    clients.ssm().put_parameter(Name="/secure", Value="value", Type="SecureString")

    assert parameters.parameter("/secure") == "value"


def test_a_binary_secret_is_rejected() -> None:
    arn = clients.secretsmanager().create_secret(Name="binary", SecretBinary=b"value")["ARN"]

    with pytest.raises(ConfigurationError, match="isn't text"):
        parameters.secret(arn)
