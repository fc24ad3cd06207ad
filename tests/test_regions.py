"""Cost monitoring works for every region of the questions; other stacks are in the region."""

from pathlib import Path

import pytest

from extensions.aws import REGIONS
from tests import exhaustive
from tests.conftest import Render
from tests.kernel import synthesize


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    return render({"stacks": ["finops"]})


@pytest.mark.parametrize("region", exhaustive.all_but(["sa-east-1"], sorted(REGIONS)))
def test_costs_are_monitored_in_every_region(region: str, service: Path, tmp_path: Path) -> None:
    team = service / "infrastructure" / "config" / "team.toml"
    team.write_text(f'[environments.prod]\nregion = "{region}"\n', encoding="utf-8")

    assert synthesize(service, tmp_path, environments=("prod",)).violations == []
