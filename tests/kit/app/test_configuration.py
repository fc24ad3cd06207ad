"""The configuration document lists every key and the possible ids."""

from pathlib import Path

import pytest
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import ServiceConfig
from aws_service_kit.config.loader import written_key
from aws_service_kit.config.model import keys_of, table_of
from aws_service_kit.config.resources import ResourceTables
from aws_service_kit.docs import configuration
from aws_service_kit.docs.architecture.assembly import Assembly, read
from aws_service_kit.docs.architecture.markdown import times


@pytest.fixture(scope="module")
def document(config: ServiceConfig) -> str:
    return configuration.render(config, [Assembly(())])


def rows(document: str, section: str) -> dict[str, list[str]]:
    """Return the cells of a section's table after the key, by the key."""
    _, _, below = document.partition(f"\n## `[{section}]`\n")
    lines = [line for line in below.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return {key.strip("|` "): rest for key, *rest in cells}


def test_every_key_has_a_row_with_default_values_and_effect(document: str) -> None:
    for section in configuration.sections():
        keys = [
            name
            for name, field in keys_of(section.model).items()
            if table_of(field.annotation) is None
        ]
        found = rows(document, ".".join(section.path))
        assert list(found) == keys, section.path
        incomplete = [key for key, cells in found.items() if not all(cells) or len(cells) != 3]
        assert incomplete == [], section.path


@pytest.mark.parametrize(
    ("section", "key", "default", "values"),
    [
        ("service", "name", "the answer, or required", "text"),
        (
            "environments.NAME",
            "api_rate_per_second",
            "dev `10`, staging `50`, prod `100`",
            "1 or more requests a second",
        ),
        ("environments.NAME", "point_in_time_recovery", "`true`", "`true`, `false`"),
        ("environments.NAME", "cors_allow_origins", "none", "list: text"),
        ("environments.NAME", "values", "none", "table"),
        ("environments.NAME.alarms", "dead_letter_messages", "`1`", "1 or more messages"),
        (
            "environments.NAME.alarms",
            "slo_availability_percent",
            "`99.9`",
            "95 to less than 100 %",
        ),
        (
            "environments.NAME.functions.ID",
            "timeout_seconds",
            "`timeout=` in the stack",
            "1 to 900 seconds",
        ),
        (
            "environments.NAME.queues.ID",
            "retention_days",
            "`retention=` in the stack, else `7`",
            "1 to 13 days",
        ),
        ("finops", "budget_alert_percent", "`80`, `100`", "list: 1 to 100 %"),
        ("records", "retention_days", "none", "2 or more days"),
    ],
)
def test_a_row_shows_default_and_unit(
    document: str, section: str, key: str, default: str, values: str
) -> None:
    assert rows(document, section)[key][:2] == [default, values]


def test_the_ids_are_those_of_the_constructs(
    config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    app = empty_app(tmp_path, validation=False)
    made = build_environment(app, config=config, name="dev", bundle=bundle)
    app.synth()
    assemblies = [read(tmp_path, "dev")]
    for table in ResourceTables.model_fields:
        known = made.configurable.get(table, set())
        assert set(configuration.ids(table, assemblies)) == known, table
        if known:
            document = configuration.render(config, assemblies)
            assert f"Ids in this service: {times(sorted(known))}." in document


def test_an_error_shows_the_table_of_team_toml(tmp_path: Path) -> None:
    team = tmp_path / "infrastructure" / "config" / "team.toml"
    team.parent.mkdir(parents=True)
    team.write_text(
        '[environments."*".functions.Wrok]\nmemory_mb = 256\n[environments.prod.functions.Own]\n',
        encoding="utf-8",
    )
    wrong = written_key("environments", "dev", "functions", "Wrok", root=tmp_path)
    other = written_key("environments", "prod", "functions", "Own", root=tmp_path)
    assert (wrong, other) == ("environments.*.functions.Wrok", "environments.prod.functions.Own")
