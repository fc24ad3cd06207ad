from pathlib import Path

import pytest
from aws_service_kit.dev import deployment_targets

from kit.projects import project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "cdk.json").write_text('{"context": {}}', encoding="utf-8")
    return project(tmp_path)


def team(root: Path, text: str) -> None:
    (root / "infrastructure" / "config" / "team.toml").write_text(text, encoding="utf-8")


def test_environments_with_an_account_are_listed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment_targets.main([], root) == 0
    assert capsys.readouterr().out == 'environments=["dev", "prod"]\npreviews=false\n'


def test_account_and_region_of_an_environment_are_printed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment_targets.main(["--environment", "prod"], root) == 0
    assert capsys.readouterr().out.splitlines() == [
        "account=333333333333",
        "region=sa-east-1",
        "deploy_role=arn:aws:iam::333333333333:role/orders-prod-deploy",
        "diff_role=arn:aws:iam::333333333333:role/orders-prod-diff",
        "lookup_role=arn:aws:iam::333333333333:role/"
        "cdk-hnb659fds-lookup-role-333333333333-sa-east-1",
    ]


def test_the_bootstrap_may_have_a_custom_qualifier(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = '{"context": {"@aws-cdk/core:bootstrapQualifier": "acme"}}'
    (root / "cdk.json").write_text(context, encoding="utf-8")
    assert deployment_targets.main(["--environment", "dev"], root) == 0
    assert "role/cdk-acme-lookup-role-111111111111-us-east-1" in capsys.readouterr().out


def test_account_and_region_of_previews_are_printed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team(root, '[previews]\naccount = "444444444444"\n')
    assert deployment_targets.main([], root) == 0
    assert capsys.readouterr().out.splitlines()[1] == "previews=true"
    assert deployment_targets.main(["--environment", "preview"], root) == 0
    assert capsys.readouterr().out.splitlines() == [
        "account=444444444444",
        "region=us-east-1",
        "deploy_role=arn:aws:iam::444444444444:role/orders-preview-deploy",
        "cleanup_role=arn:aws:iam::444444444444:role/orders-preview-cleanup",
    ]


def test_previews_without_an_account_are_rejected(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment_targets.main(["--environment", "preview"], root) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "previews.account" in printed.err
    assert "kit/guides/previews.md" in printed.err
    assert len(printed.err.splitlines()) == 1


def test_an_environment_without_an_account_is_rejected(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment_targets.main(["--environment", "staging"], root) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "environments.staging.account" in printed.err
    assert "infrastructure/config/team.toml" in printed.err
    assert len(printed.err.splitlines()) == 1


def test_an_invalid_configuration_is_reported_in_one_line(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team(root, "[environments.test]\n")
    assert deployment_targets.main([], root) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: infrastructure/config/team.toml")
    assert len(printed.err.splitlines()) == 1


def test_an_unknown_environment_is_rejected(root: Path) -> None:
    with pytest.raises(SystemExit):
        deployment_targets.main(["--environment", "production"], root)
