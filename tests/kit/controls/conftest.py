"""Fixtures of the controls' tests: a configuration that doesn't depend on the service's."""

import pytest
from aws_service_kit.config import ServiceConfig, load
from aws_service_kit.testing.infrastructure import *  # noqa: F403
from aws_service_kit.testing.sample import project


@pytest.fixture(scope="session")  # type: ignore[no-redef]  # instead of the service's
def config(tmp_path_factory: pytest.TempPathFactory) -> ServiceConfig:
    return load(project(tmp_path_factory.mktemp("project")))
