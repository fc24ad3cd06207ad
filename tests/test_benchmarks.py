"""What the benchmarks compute, without measuring anything."""

from __future__ import annotations

import json
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from benchmarks import calls, report
from benchmarks.bundle import zipped_megabytes
from benchmarks.kernel import Row, ratios, rounds, slope
from benchmarks.lambda_runtime import holds

ROWS = [
    Row("a", "b", "×", (1.0, 2.0, 9.0, 3.0), 2.0),
    Row("size", "", "MB", (123.4,)),
]


def test_a_row_tells_median_quartiles_and_whether_the_goal_is_reached() -> None:
    slow, size = ROWS
    assert (slow.median, slow.spread, slow.reached) == (2.5, (1.75, 4.5), False)
    assert (size.median, size.spread, size.reached) == (123.4, (123.4, 123.4), None)
    assert Row("a", "b", "×", (2.0,), 2.0).reached


def test_each_contender_runs_once_a_round_in_changing_orders() -> None:
    ran: list[str] = []

    def run(name: str) -> int:
        ran.append(name)
        return len(ran)

    contenders = {name: partial(run, name) for name in "abc"}

    samples = rounds(contenders, 20)

    orders = {tuple(ran[start : start + 3]) for start in range(0, 60, 3)}
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(orders) > 1
    assert sorted(chain.from_iterable(samples.values())) == list(range(1, 61))


def test_ratios_are_of_one_round() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == (2.0, 3.0)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])
    assert slope([1, 2, 3], [10, 12, 14]) == 2


def test_a_table_stands_in_its_place_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- a -->\n<!-- /a -->\n<!-- b -->\nkept\n<!-- /b -->\n", "utf-8")
    monkeypatch.setattr(report, "PAGE", page)

    for _ in range(2):
        report.write_page("a", ROWS)

    text = page.read_text("utf-8")
    assert "| a | b | 2.50 × | 1.75–4.50 | ≤ 2 | **missed** |" in text
    assert text.count("123 MB") == 1
    assert "old" not in text
    assert "<!-- b -->\nkept\n<!-- /b -->" in text


def test_every_value_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")

    report.write_json("a", ROWS)

    kept = json.loads((tmp_path / "results" / "a.json").read_text("utf-8"))["rows"]
    assert [row["values"] for row in kept] == [[1.0, 2.0, 9.0, 3.0], [123.4]]


def test_an_answer_holds_what_is_expected_or_not() -> None:
    answer = {"statusCode": 200, "body": '{"id": "1", "more": 2}'}
    assert holds(answer, {"body": {"id": "1"}})
    assert not holds(answer, {"body": {"id": "2"}})
    assert not holds(answer, {"statusCode": 500})
    assert not holds({"errorMessage": "x"}, None)


def test_a_request_of_the_json_protocol_is_a_call_of_the_sdks() -> None:
    body = b'{"TableName": "records"}'
    call = calls._call("DynamoDB_20120810.TransactWriteItems", body)
    assert call == ("dynamodb", "transact_write_items", {"TableName": "records"})
    with pytest.raises(KeyError):
        calls._call("", b"Action=Publish")


def test_the_sdks_data_counts_apart_from_its_code(tmp_path: Path) -> None:
    for name in ("botocore/data/s3/service.json", "botocore/client.py", "six.py"):
        path = tmp_path / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)

    parts = zipped_megabytes(tmp_path / "bundle", tmp_path / "bundle.zip")

    assert set(parts) == {"botocore/data", "botocore", "six.py"}
    assert all(0 < size < 0.001 for size in parts.values())
