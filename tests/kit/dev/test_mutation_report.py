import tomllib
from pathlib import Path

import pytest
from aws_service_kit.dev import mutation_report
from aws_service_kit.dev.mutmut_runner import Mutant, MutantsError, MutationResult, run

SURVIVOR = Mutant(
    module="cpf",
    change="-    return zip(a, b, strict=True)\n+    return zip(a, b, strict=False)",
    status="survived",
)
UNTESTED = Mutant(module="report", change="-    return 1\n+    return 2", status="no tests")


def explain(folder: Path, *mutants: Mutant, why: str = "As long.") -> Path:
    """Write the printed explanations of mutants, with a reason."""
    text, _ = mutation_report.report(MutationResult(0, mutants), [])
    _, *blocks = text.split("[[equivalent]]")
    file = folder / "equivalent_mutants.toml"
    explained = (f"[[equivalent]]{block}".replace('why = ""', f'why = "{why}"') for block in blocks)
    file.write_text("\n".join(explained), encoding="utf-8")
    return file


def test_a_run_without_survivors_succeeds() -> None:
    assert mutation_report.report(MutationResult(9, ()), []) == (
        "9 small changes of the domain: 9 killed by a test, 0 survived, 0 of them explained.",
        True,
    )


def test_survivors_are_printed_in_the_format_of_explanations() -> None:
    text, done = mutation_report.report(MutationResult(9, (SURVIVOR, UNTESTED)), [])

    assert not done
    assert "11 small changes of the domain: 9 killed by a test, 2 survived, 0 of them" in text
    assert "# no tests\n" in text
    shown = tomllib.loads(text[text.index("# survived") :])["equivalent"]
    assert [one["module"] for one in shown] == ["cpf", "report"]
    assert shown[0]["change"].splitlines() == SURVIVOR.change.splitlines()


def test_a_printed_survivor_with_a_reason_is_explained(tmp_path: Path) -> None:
    explanations = mutation_report.read_explanations(explain(tmp_path, SURVIVOR))

    text, done = mutation_report.report(MutationResult(9, (SURVIVOR,)), explanations)

    assert done
    assert "1 survived, 1 of them explained" in text


def test_an_explanation_is_for_one_change_in_one_module(tmp_path: Path) -> None:
    explanations = mutation_report.read_explanations(explain(tmp_path, SURVIVOR))
    for module, change in (
        ("request", SURVIVOR.change),
        ("cpf", SURVIVOR.change.replace("False", "None")),
    ):
        other = Mutant(module, change, "survived")
        assert not mutation_report.report(MutationResult(9, (SURVIVOR, other)), explanations)[1]


def test_an_outdated_explanation_is_found_in_a_tested_module(tmp_path: Path) -> None:
    explanations = mutation_report.read_explanations(explain(tmp_path, SURVIVOR))

    text, done = mutation_report.report(MutationResult(9, ()), explanations)

    assert not done
    assert "These changes don't survive" in text
    assert mutation_report.report(MutationResult(9, ()), explanations, ["cpf"])[1] is False
    assert mutation_report.report(MutationResult(9, ()), explanations, ["request"])[1] is True


def test_without_a_file_there_are_no_explanations(tmp_path: Path) -> None:
    assert mutation_report.read_explanations(tmp_path / "equivalent_mutants.toml") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[equivalent]", "equivalent_mutants.toml: "),
        ('[[equivalent]]\nmodule = "cpf"\nchange = "-"\n', "equivalent.0.why: Field required"),
        ("[[equivalents]]\n", "equivalents: Extra inputs are not permitted"),
    ],
)
def test_an_invalid_file_is_rejected(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "equivalent_mutants.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MutantsError, match=says):
        mutation_report.read_explanations(file)


def test_a_reason_is_required(tmp_path: Path) -> None:
    with pytest.raises(MutantsError, match=r"equivalent\.0\.why: String should have at least 1"):
        mutation_report.read_explanations(explain(tmp_path, SURVIVOR, why=" "))


def test_an_unknown_module_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutation_report.main(["nowhere"]) == 1
    assert "error: There is no src/service/domain/nowhere.py." in capsys.readouterr().err


def test_a_nested_module_is_named_with_dots(tmp_path: Path) -> None:
    with pytest.raises(MutantsError, match=r"There is no src/service/domain/below/rules\.py"):
        run(tmp_path, ["below.rules"])


def test_unexplained_survivors_fail_the_task(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for survivors, code in (((), 0), ((SURVIVOR,), 1)):
        result = MutationResult(1, survivors)
        monkeypatch.setattr(mutation_report, "run", lambda _root, _modules, result=result: result)
        assert mutation_report.main([], tmp_path) == code
    assert "1 survived" in capsys.readouterr().out
