"""Computations of the benchmarks, without measurements."""

from __future__ import annotations

import dataclasses
import json
import shutil
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from benchmarks import calls, instructions, report
from benchmarks.bundle import zipped_megabytes
from benchmarks.kernel import Row, ratios, rounds, slope
from benchmarks.lambda_runtime import Function, InvocationError, holds
from tests import exhaustive

ROWS = [
    Row("a", "b", "×", (1.0, 2.0, 9.0, 3.0), 2.0),
    Row("size", "", "MB", (123.4,)),
]


def test_a_row_has_median_quartiles_and_goal() -> None:
    slow, size = ROWS
    assert (slow.median, slow.spread, slow.reached) == (2.5, (1.75, 4.5), False)
    assert (size.median, size.spread, size.reached) == (123.4, (123.4, 123.4), None)
    assert Row("a", "b", "×", (2.0,), 2.0).reached


def test_each_contender_runs_once_per_round_in_random_order() -> None:
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


def test_ratios_are_computed_per_round() -> None:
    assert ratios([2.0, 9.0], [1.0, 3.0]) == (2.0, 3.0)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])
    assert slope([1, 2, 3], [10, 12, 14]) == 2


def test_a_table_is_written_to_its_place_in_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "document.md"
    document.write_text("<!-- a -->\n<!-- /a -->\n<!-- b -->\nkept\n<!-- /b -->\n", "utf-8")
    monkeypatch.setattr(report, "DOCUMENT", document)

    for _ in range(2):
        report.write_document("a", ROWS)

    text = document.read_text("utf-8")
    assert "| a | b | 2.50 × | 1.75–4.50 | ≤ 2 | **missed** |" in text
    assert text.count("123 MB") == 1
    assert "old" not in text
    assert "<!-- b -->\nkept\n<!-- /b -->" in text


def test_every_value_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")

    report.write_json("a", ROWS)

    kept = json.loads((tmp_path / "results" / "a.json").read_text("utf-8"))["rows"]
    assert [row["values"] for row in kept] == [[1.0, 2.0, 9.0, 3.0], [123.4]]


def test_a_response_is_compared_with_its_expected_parts() -> None:
    response = {"statusCode": 200, "body": '{"id": "1", "more": 2}'}
    assert holds(response, {"body": {"id": "1"}})
    assert not holds(response, {"body": {"id": "2"}})
    assert not holds(response, {"statusCode": 500})
    assert not holds({"errorMessage": "x"}, None)


def test_a_request_of_the_json_protocol_is_parsed() -> None:
    body = b'{"TableName": "records"}'
    call = calls._call("DynamoDB_20120810.TransactWriteItems", body)
    assert call == ("dynamodb", "transact_write_items", {"TableName": "records"})
    with pytest.raises(KeyError):
        calls._call("", b"Action=Publish")


@exhaustive.MARK
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind, which counts, isn't installed")
def test_instruction_counts_are_reproducible(tmp_path: Path) -> None:
    code = "def handler(event, _): return sum(range(event['to']))\n"
    (tmp_path / "summing.py").write_text(code, encoding="utf-8")
    less = Function("summing.handler", (tmp_path,), {}, {"to": 1_000}, 499_500)
    more = dataclasses.replace(less, event={"to": 50_000}, expected=1_249_975_000)

    counts = [instructions.warm(function, seed=1, invocations=2) for function in (less, less, more)]

    assert counts[0] == pytest.approx(counts[1], rel=0.01)
    assert counts[2] > 10 * counts[0]
    with pytest.raises(InvocationError, match="returned 499500"):
        instructions.cold(dataclasses.replace(less, expected=0), seed=1)


def test_without_valgrind_the_error_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(instructions.NoValgrindError, match="install the package valgrind"):
        instructions.cold(Function("any.handler", (tmp_path,), {}, {}, None), seed=1)


def test_the_sdks_data_is_measured_separately(tmp_path: Path) -> None:
    for name in ("botocore/data/s3/service.json", "botocore/client.py", "six.py"):
        path = tmp_path / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)

    parts = zipped_megabytes(tmp_path / "bundle", tmp_path / "bundle.zip")

    assert set(parts) == {"botocore/data", "botocore", "six.py"}
    assert all(0 < size < 0.001 for size in parts.values())
