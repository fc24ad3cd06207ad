"""A preview's resources are all deleted with its stacks."""

from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from aws_service_kit.app.preview import create_app
from aws_service_kit.config import NOT_CHOSEN, ServiceConfig
from aws_service_kit.config.tags import EXPIRY_TAG
from aws_service_kit.testing.synthesis import Synthesized

TODAY = date(2026, 12, 1)
NAME = "pr-42"


def synthesize(
    config: ServiceConfig, bundle: Path, folder: Path, stacks: ModuleType | None = None
) -> Synthesized:
    create_app(config, "42", bundle=bundle, today=TODAY, outdir=folder, stacks=stacks).synth()
    return Synthesized(folder, (NAME,))


def assert_ends(preview: Synthesized) -> None:
    """Assert that it has a last day, and that deleting its stacks deletes all resources."""
    assert preview.stacks(NAME)
    for stack in preview.stacks(NAME):
        assert date.fromisoformat(stack.tags[EXPIRY_TAG]) > TODAY
        assert stack.tags["environment"] == NAME
        assert not stack.termination_protection
    # A function's versions are deleted with it, regardless of their deletion policy.
    retained = {
        resource.kind
        for resource in preview.resources()
        if resource.body.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert retained <= {"AWS::Lambda::Version"}
    for resource in preview.resources():
        assert resource.properties.get("DeletionProtectionEnabled") in {None, False}
        assert resource.properties.get("DeletionProtection") in {None, "INACTIVE"}


def test_previews_of_this_service_end(config: ServiceConfig, bundle: Path, tmp_path: Path) -> None:
    if config.previews.account == NOT_CHOSEN:
        pytest.skip("there are no previews: previews.account isn't chosen")
    assert_ends(synthesize(config, bundle, tmp_path))
