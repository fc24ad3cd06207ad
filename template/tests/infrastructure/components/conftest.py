# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Components are tested with a configuration that no team changes."""

import pytest

from infrastructure.config import ServiceConfig, load
from tests.infrastructure.sample import project


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> ServiceConfig:
    return load(project(tmp_path_factory.mktemp("project")))
