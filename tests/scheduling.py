"""Distribution of the tests over the cores: the longest first, and quick tests last.

A file's tests are sent one by one to any free core, except for those whose fixtures take long.
(xdist's own groups don't work with this pytest, in which a test's id can't be changed.)
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

# The beginnings of the names of tests that run on the same core.
TOGETHER = {
    "test_alarm_metrics.py",
    "test_architecture_document.py",
    "test_careless.py",
    "test_controls.py",
    "test_costs.py",
    "test_encryption.py",
    "test_generators.py::test_added_code",
    "test_guide_walkthroughs.py",
    "test_leftovers.py",
    "test_loading.py",
    "test_local_access.py",
    "test_names.py",
    "test_permissions_boundary.py",
    "test_personal_data.py",
    "test_revisions.py",
    "test_switching.py",
    "test_two_commands.py",
    "test_update_survival.py",
    "test_update_trees.py",
}
# Longest first. The rest of TOGETHER comes afterwards, then what is short, so that the cores end at
# the same time.
SLOW = (
    "test_two_commands.py",
    "test_update_release_by_release.py",
    "test_controls.py",
    "test_update.py",
    "test_local.py",
    "test_kit.py",
    "test_migrations.py",
    "test_generators.py",
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
    """Schedules single tests, and those in TOGETHER as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.removeprefix("tests/")
        return next((start for start in TOGETHER if name.startswith(start)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneByOne:
    """Return this scheduler to xdist."""
    config.option.loadscopereorder = False
    return OneByOne(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests."""
    rank = {name: number for number, name in enumerate(SLOW)}

    def place(item: pytest.Item) -> int:
        name = item.path.name
        return rank.get(name, len(SLOW) + (name not in TOGETHER))

    items.sort(key=place)
