"""How the tests are spread over the cores: what is quick first, then what takes longest.

A file's tests go one by one to whichever core is free, but for those that share what takes minutes
to make. (xdist's own groups do nothing with this pytest, which fixes a test's id when it's made.)
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "test_architecture_page.py",
    "test_careless.py",
    "test_controls.py",
    "test_costs.py",
    "test_leftovers.py",
    "test_local_access.py",
    "test_names.py",
    "test_personal_data.py",
    "test_rehearsals.py",
    "test_revisions.py",
    "test_two_commands.py",
    "test_update_survival.py",
}
# Longest first and shortest last, so that the cores end at the same time.
SLOW = (
    "test_two_commands.py",
    "test_update_proven.py",
    "test_controls.py",
    "test_update.py",
    "test_local.py",
    "test_kit.py",
    "test_migrations.py",
    "test_leftovers.py",
    "test_update_survival.py",
    "test_guides.py",
    "test_adoption.py",
    "test_mutation.py",
    "test_revisions.py",
    "test_services.py",
    "test_combinations.py",
    "test_regions.py",
    "test_updater.py",
    "test_breaches.py",
)


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # xdist isn't typed
    """Hands out single tests, but the files of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return path if path.rpartition("/")[2] in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneByOne:
    """Have xdist spread the tests this way."""
    config.option.loadscopereorder = False
    return OneByOne(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into that order."""
    rank = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: rank.get(item.path.name, -1))
