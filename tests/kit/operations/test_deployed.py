"""Service, environment and region are read from the configuration."""

import pytest
from aws_service_kit.config import load
from aws_service_kit.operations.deployed import Deployed, from_arguments


def test_an_environment_has_the_configured_region() -> None:
    config = load()
    region = config.environments["staging"].region
    deployed = from_arguments(["--environment", "staging"], program="unused", does="Looks.")
    assert deployed == Deployed(config.service.name, "staging", region)
    assert deployed.client("sqs").meta.region_name == region


@pytest.mark.parametrize("arguments", [[], ["--environment", "production"]])
def test_the_environment_is_required(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        from_arguments(arguments, program="unused", does="Looks.")
    assert "--environment" in capsys.readouterr().err
