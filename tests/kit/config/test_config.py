from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from aws_service_kit.config import ConfigError, load
from aws_service_kit.config.loader import TEAM
from aws_service_kit.config.runtimes import (
    DEPRECATION_DATES,
    NEWEST,
    RuntimeName,
    deprecation_warning,
)
from aws_service_kit.config.tags import tags_of
from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.testing.sample import ANSWERS, project


def test_answers_override_the_profiles(tmp_path: Path) -> None:
    prod = load(project(tmp_path)).environments["prod"]
    assert (prod.account, prod.removal, prod.canary) == ("333333333333", "retain", True)


def test_team_toml_overrides_answers_and_profiles(tmp_path: Path) -> None:
    team = """
    [service]
    owner = "others"
    [environments.dev]
    log_retention_days = 1
    cors_allow_origins = ["http://localhost:3000"]
    [environments.prod.alarms]
    api_latency_p95_ms = 800
    slo_latency_percent = 98
    """
    config = load(project(tmp_path, team=team))
    assert config.service.owner == "others"
    assert config.environments["dev"].log_retention_days == 1
    assert config.environments["dev"].cors_allow_origins == ("http://localhost:3000",)
    assert config.environments["prod"].alarms.api_latency_p95_ms == 800
    assert config.environments["prod"].alarms.slo_latency_percent == 98
    assert config.environments["prod"].alarms.queue_age_seconds == 900


def test_a_single_environment_overrides_values_of_all_environments(tmp_path: Path) -> None:
    team = """
    [environments."*"]
    log_level = "ERROR"
    alarms.queue_age_seconds = 60
    [environments.prod]
    log_level = "WARNING"
    alarms.api_latency_p95_ms = 800
    """
    environments = load(project(tmp_path, team=team)).environments
    assert [each.log_level for each in environments.values()] == ["ERROR", "ERROR", "WARNING"]
    assert {each.alarms.queue_age_seconds for each in environments.values()} == {60}
    assert environments["prod"].alarms.api_latency_p95_ms == 800


def test_a_team_can_define_further_values(tmp_path: Path) -> None:
    team = """
    [environments."*".values]
    page_size = 25
    [environments.prod.values]
    orders_topic_arn = "arn:aws:sns:sa-east-1:333333333333:orders"
    beta = true
    """
    environments = load(project(tmp_path, team=team)).environments
    dev, prod = environments["dev"], environments["prod"]
    assert prod.values["page_size"] == 25
    assert prod.values["beta"] is True
    assert prod.values.get("other") is None
    message = (
        r"team\.toml: environments\.dev\.values\.orders_topic_arn: the key is missing; .*page_"
    )
    with pytest.raises(ConfigError, match=message):
        dev.values["orders_topic_arn"]


def test_the_retention_of_records_can_differ_by_environment(tmp_path: Path) -> None:
    team = """
    [records]
    retention_days = 1825
    [environments.prod.records]
    retention_days = 90
    """
    config = load(project(tmp_path, team=team))
    kept = [config.of(each).records.retention_days for each in config.environments.values()]
    assert kept == [1825, 1825, 90]
    assert config.of(config.environments["prod"]).records.subject_attributes == ("document",)


def test_a_file_in_another_encoding_is_rejected_in_one_line(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / TEAM).write_bytes("# Serviço\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"team\.toml: not in UTF-8"):
        load(root)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path, line_end: str) -> None:
    """Editors on Windows may add it: https://github.com/Nayjest/Gito/issues/315."""
    root = project(tmp_path)
    text = "\ufeff[service]\nowner = 'others'\n".replace("\n", line_end)
    (root / "infrastructure/config/team.toml").write_bytes(text.encode())
    assert load(root).service.owner == "others"


@pytest.mark.parametrize(
    ("team", "message"),
    [
        ("[environments.dev]\nregion = 1", r"team\.toml: environments\.dev\.region: .*string"),
        (
            '[environments.dev]\ncost_monitor_arn = "services"',
            r"team\.toml: environments\.dev\.cost_monitor_arn: .*pattern",
        ),
        (
            '[environments.prod]\nremoval = "keep"',
            r"team\.toml: environments\.prod\.removal: .*'retain' or 'destroy'",
        ),
        (
            "[environments.prod]\nlog_retention_days = 2",
            r"team\.toml: environments\.prod\.log_retention_days: .*1, 3, 5",
        ),
        (
            "[environments.prod]\nlog_retention = 7",
            r"team\.toml: environments\.prod\.log_retention: unknown key; .*log_retention_days",
        ),
        ("[sevice]", r"team\.toml: sevice: unknown key; known are service, api, lambda"),
        ("[service]\nnick = 'x'", r"team\.toml: service\.nick: unknown key; known are name"),
        (
            "[environments.prod.alarms]\nlatency = 1",
            r"team\.toml: environments\.prod\.alarms\.latency: unknown key; .*queue_age_seconds",
        ),
        (
            "[environments.prod.alarms]\nslo_availability_percent = 100",
            r"team\.toml: environments\.prod\.alarms\.slo_availability_percent: .*less than 100",
        ),
        (
            "[environments.qa]",
            r"team\.toml: environments\.qa: .*'dev', 'staging' or 'prod'",
        ),
        (
            '[environments.dev]\ncors_allow_origins = ["*"]',
            r"team\.toml: environments\.dev\.cors_allow_origins\.0: ",
        ),
        ("[service.tags]\nproduct = 'a,b'", r"team\.toml: service\.tags\.product: .*pattern"),
        ("[service.tags]\n'a,b' = 'x'", r"team\.toml: service\.tags\.a,b: .*pattern"),
        ('[lambda]\nruntime = "python3.10"', r"team\.toml: lambda\.runtime: .*'python3\.12'"),
        (
            "[records]\nretention_days = 1",
            r"team\.toml: records\.retention_days: .*greater than or equal to 2",
        ),
        ("[records]\nkept = 2", r"team\.toml: records\.kept: unknown key; .*retention_days"),
        ("[service", r"team\.toml: not valid TOML: "),
        (
            '[environments."*"]\nlog_retention_days = 2',
            r"team\.toml: environments\.\*\.log_retention_days: .*1, 3, 5",
        ),
        (
            '[environments]\n"*" = 2',
            r"team\.toml: environments\.\*: .*",
        ),
        (
            "[environments.prod.functions.Health]\ntimeout = 2",
            r"team\.toml: environments\.prod\.functions\.Health\.timeout: unknown key; known are "
            "timeout_seconds, additional_timeout_seconds, memory_mb, reserved_concurrency$",
        ),
        (
            "[environments.prod.functions.Health]\ntimeout_seconds = 901",
            r"environments\.prod\.functions\.Health\.timeout_seconds: .*less than or equal to 900",
        ),
        (
            "[environments.prod.functions.Health]\ntimeout_seconds = 1\n"
            "additional_timeout_seconds = 1",
            r"environments\.prod\.functions\.Health: choose timeout_seconds or additional",
        ),
        (
            "[environments.prod.functions]\nHealth = 20",
            r"team\.toml: environments\.prod\.functions\.Health: .*",
        ),
        (
            "[environments.prod.function.Health]\nmemory_mb = 512",
            r"environments\.prod\.function: unknown key; known are functions, queues, ",
        ),
        (
            "[environments.prod.values]\ntopics = []",
            r"team\.toml: environments\.prod\.values\.topics: Input should be a text, a number",
        ),
        (
            "[finops]\nbudget_alert_percent = [50, 60, 70, 80, 90]",
            r"team\.toml: finops: 6 alerts: AWS takes 5 for a budget",
        ),
    ],
)
def test_an_invalid_value_is_reported_in_one_line_with_its_place(
    tmp_path: Path, team: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        load(project(tmp_path, team=team))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("team", "message"),
    [
        (
            '[previews]\naccount = "333333333333"',
            r"team\.toml: previews\.account: is prod's account, .*use a separate account",
        ),
        (
            '[previews]\naccount = "222222222222"',
            r"team\.toml: previews\.account: is staging's account, .*use a separate account",
        ),
        (
            "[environments.prod]\ncost_monitor_arn ="
            ' "arn:aws:ce::111111111111:anomalymonitor/1a2b"',
            r"team\.toml: environments\.prod\.cost_monitor_arn: .*another account",
        ),
        (
            "[environments.dev]\npermissions_boundary ="
            ' "arn:aws:iam::111111111111:policy/developer-boundary"',
            r"team\.toml: environments\.dev\.permissions_boundary: is an ARN",
        ),
        # Tag keys aren't case-sensitive in IAM.
        (
            "[service.tags]\nSERVICE = 'x'",
            r"team\.toml: service\.tags\.SERVICE: is the organisation's tag service: remove",
        ),
        (
            "[service.tags]\n'AWS:product' = 'x'",
            r"team\.toml: service\.tags\.AWS:product: begins with aws:, .*another key",
        ),
        (
            "[service.tags]\nProduct = 'x'\nproduct = 'x'",
            r"team\.toml: service\.tags\.product: is the tag Product already: .*another key",
        ),
        (
            "[service.tags]\n" + "".join(f"tag{number} = 'x'\n" for number in range(50)),
            r"team\.toml: service\.tags: are 50: AWS allows \d\d plus the organisation's",
        ),
    ],
)
def test_contradictory_values_are_reported_in_one_line_with_a_solution(
    tmp_path: Path, team: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        load(project(tmp_path, team=team))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("account", ["000000000000", "111111111111", "444444444444"])
def test_previews_may_have_no_account_that_of_dev_or_a_dedicated_one(
    tmp_path: Path, account: str
) -> None:
    team = f"""
    [previews]
    account = "{account}"
    [environments.prod]
    account = "000000000000"
    [environments.dev]
    cost_monitor_arn = "arn:aws:ce::111111111111:anomalymonitor/1a2b"
    permissions_boundary = "developer-boundary"
    """
    assert load(project(tmp_path, team=team)).previews.account == account


def test_tags_of_the_organisation_come_before_those_of_the_team(tmp_path: Path) -> None:
    """Tags from answers, such as to an organisation's questions, count as the team's."""
    answers = f"{ANSWERS}\n[service.tags]\ndata-class = 'internal'"
    team = "[service.tags]\nproduct = 'checkout'"
    config = load(project(tmp_path, answers=answers, team=team))
    found = tags_of(config, config.environments["prod"])
    assert list(found) == [*ORGANISATION.tags, "data-class", "product"]
    assert found["data-class"] == "internal"
    assert (found["service"], found["environment"]) == (config.service.name, "prod")
    assert found["product"] == "checkout"


def test_the_log_retention_is_that_of_the_organisation(tmp_path: Path) -> None:
    found = load(project(tmp_path)).environments
    days = {name: environment.log_retention_days for name, environment in found.items()}
    assert days == ORGANISATION.log_retention_days


def test_records_have_no_retention_by_default(tmp_path: Path) -> None:
    config = load(project(tmp_path))
    assert config.records.retention_days is None
    assert config.records.subject_attributes == ("document",)


def test_an_error_in_an_answer_names_answers_toml(tmp_path: Path) -> None:
    answers = ANSWERS.replace('"111111111111"', '"1"')
    with pytest.raises(ConfigError, match=r"answers\.toml: environments\.dev\.account: "):
        load(project(tmp_path, answers=answers))


def test_a_missing_answer_is_named(tmp_path: Path) -> None:
    answers = ANSWERS.replace('owner = "payments-team"', "")
    with pytest.raises(ConfigError, match=r"answers\.toml: service\.owner: the key is missing"):
        load(project(tmp_path, answers=answers))


def test_a_missing_answers_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"answers\.toml: the file is missing"):
        load(tmp_path)


@pytest.mark.parametrize(("days", "warned"), [(181, False), (180, False), (179, True), (-1, True)])
def test_a_warning_precedes_the_deprecation_of_a_runtime(days: int, warned: bool) -> None:
    today = DEPRECATION_DATES["python3.13"] - timedelta(days=days)
    assert (deprecation_warning("python3.13", today) is not None) is warned


def test_every_runtime_has_a_deprecation_date() -> None:
    assert tuple(DEPRECATION_DATES) == get_args(RuntimeName)


def test_the_newest_runtime_is_deprecated_last() -> None:
    assert DEPRECATION_DATES[NEWEST] == max(DEPRECATION_DATES.values())
    assert list(DEPRECATION_DATES)[-1] == NEWEST
