from pathlib import Path

import pytest

from template.tooling import diff_comment


def test_environments_are_in_the_order_of_deployment() -> None:
    written = diff_comment.comment({"prod": "c", "dev": "a", "staging": "b"}, "abc123")
    assert written.startswith(f"{diff_comment.MARKER}\n")
    assert "abc123" in written
    assert written.index("dev<") < written.index("staging<") < written.index("prod<")


def test_a_long_diff_is_truncated_to_a_comments_maximum() -> None:
    written = diff_comment.comment(dict.fromkeys(diff_comment.ORDER, "x" * 100_000), "abc123")
    assert len(written) < 65_536
    assert "the workflow's log has the rest" in written


def test_a_diff_cannot_end_its_code_block() -> None:
    written = diff_comment.section("dev", "before\n````\nafter")
    fence = "`" * 7
    assert written.count(fence) == 2
    assert written.index("after") < written.rindex(fence)


def test_expected_warnings_are_omitted() -> None:
    warnings = (
        "current credentials could not be used to assume 'arn:aws:iam::1:role/x', but are …\n"
        "Lookup role arn:aws:iam::1:role/x was not assumed. Proceeding with default credentials.\n"
    )
    assert "lookup" not in diff_comment.section("dev", f"{warnings}Stack dev/api").lower()
    assert "Stack dev/api" in diff_comment.section("dev", f"{warnings}Stack dev/api")


def test_a_file_per_environment_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dev.txt").write_text("Stack dev/api", encoding="utf-8")
    diff_comment.main(tmp_path, "abc123")
    assert "Stack dev/api" in capsys.readouterr().out
