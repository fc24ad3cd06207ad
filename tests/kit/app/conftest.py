"""Fixtures of infrastructure tests."""

from pathlib import Path

import pytest
from aws_service_kit.config import ServiceConfig
from aws_service_kit.testing.infrastructure import *  # noqa: F403
from aws_service_kit.testing.synthesis import Synthesized, synthesize, with_authentication


# Replaces the fixture of services.
@pytest.fixture(scope="session", params=["iam", "cognito"])  # type: ignore[no-redef]
def either_authentication(
    request: pytest.FixtureRequest,
    config: ServiceConfig,
    bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    synthesized: Synthesized,
) -> Synthesized:
    """Synthesize as services do, but check both types of authentication with the rule packs."""
    if request.param == config.api.authentication:
        return synthesized
    other = with_authentication(config, request.param)
    outdir = tmp_path_factory.mktemp("assembly")
    return synthesize(other, bundle=bundle, outdir=outdir, environments=("prod",))
