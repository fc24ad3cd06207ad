from pathlib import Path

import pytest

from template.tooling import diff_comment


def test_environments_come_in_the_order_of_their_deployment() -> None:
    written = diff_comment.comment({"prod": "c", "dev": "a", "staging": "b"}, "abc123")
    assert written.startswith(f"{diff_comment.MARKER}\n")
    assert "abc123" in written
    assert written.index("dev<") < written.index("staging<") < written.index("prod<")


def test_a_long_difference_fits_into_a_comment() -> None:
    written = diff_comment.comment(dict.fromkeys(diff_comment.ORDER, "x" * 100_000), "abc123")
    assert len(written) < 65_536
    assert "the workflow's log has the rest" in written


def test_a_difference_cannot_end_its_fence() -> None:
    written = diff_comment.section("dev", "before\n````\nafter")
    fence = "`" * 7
    assert written.count(fence) == 2
    assert written.index("after") < written.rindex(fence)


def test_expected_warnings_are_left_out() -> None:
    warnings = (
        "current credentials could not be used to assume 'arn:aws:iam::1:role/x', but are …\n"
        "Lookup role arn:aws:iam::1:role/x was not assumed. Proceeding with default credentials.\n"
    )
    assert "lookup" not in diff_comment.section("dev", f"{warnings}Stack dev/api").lower()
    assert "Stack dev/api" in diff_comment.section("dev", f"{warnings}Stack dev/api")


def test_reads_a_file_per_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dev.txt").write_text("Stack dev/api", encoding="utf-8")
    diff_comment.main(tmp_path, "abc123")
    assert "Stack dev/api" in capsys.readouterr().out
