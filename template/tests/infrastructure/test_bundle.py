# Template-owned: updates rewrite this file (tooling/ownership.toml).
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from infrastructure.bundle import (
    BundleError,
    build_bundle,
    build_package,
    contents,
    digest,
    published,
    refuse_too_large,
)


def test_ci_builds_with_the_functions_python_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    other = f"python3.{sys.version_info.minor + 1}"
    with pytest.raises(BundleError, match=r"CI runs Python 3\.\d+ and the functions 3\.\d+"):
        build_bundle(other, "arm64", tmp_path)


def test_a_bundle_depends_on_names_and_bytes_but_not_on_caches(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    before = digest(contents(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"2")
    assert digest(contents(tmp_path)) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digest(contents(tmp_path)) != before


@pytest.mark.parametrize(
    "left_over",
    # As https://github.com/aws/aws-toolkit-jetbrains/pull/727 has it.
    [".DS_Store", "._a.py", "Thumbs.db", "desktop.ini", ".a.py.swp", "folder/.#a.py", "a.py~"],
)
def test_what_file_managers_and_editors_leave_is_in_no_bundle(
    left_over: str, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "service"
    (package / "folder").mkdir(parents=True)
    (package / "a.py").write_text("1", encoding="utf-8")
    (package / ".hidden").write_text("on purpose", encoding="utf-8")
    before = build_package("python3.13", tmp_path)
    (package / left_over).write_bytes(b"left over")

    built = build_package("python3.13", tmp_path)

    assert built == before
    shutil.rmtree(built)
    names = {path.name for path in build_package("python3.13", tmp_path).rglob("*")}
    assert names >= {"a.py", ".hidden"}
    assert Path(left_over).name not in names


def test_what_fails_halfway_is_not_published(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "bundle"

    def fail() -> None:
        with published(target) as folder:
            (folder / "half").touch()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(target.parent.iterdir()) == []
    with published(target) as folder:
        (folder / "whole").touch()
    assert [path.name for path in target.iterdir()] == ["whole"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_lambda_can_read_what_is_built_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        package = tmp_path / "src" / "service"
        (package / "folder").mkdir(parents=True)
        (package / "folder" / "module.py").touch()
        (package / "extension.so").touch(mode=0o700)
        built = build_package("python3.1", tmp_path)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (built, *built.rglob("*"))}
    assert modes == {
        built.name: 0o755,
        "service": 0o755,
        "folder": 0o755,
        "module.py": 0o644,
        "extension.so": 0o755,
    }


def test_a_bundle_that_lambda_would_refuse_is_refused_with_its_largest_packages(
    tmp_path: Path,
) -> None:
    for name, size in (("small", 1), ("large", 700), ("larger", 800)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_bytes(b" " * size)
    (tmp_path / "single.py").write_bytes(b" " * 9)

    refuse_too_large(tmp_path, limit=1510)

    with pytest.raises(BundleError) as caught:
        refuse_too_large(tmp_path, limit=1509)
    assert str(caught.value) == (
        "the bundle has 1,510 bytes unzipped and Lambda takes 1,509; "
        "largest: larger 800, large 700, single.py 9, small 1"
    )


def test_the_package_alone_is_built_from_its_sources(tmp_path: Path) -> None:
    package = tmp_path / "src" / "service"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    runtime = f"python3.{sys.version_info.minor}"
    built = build_package(runtime, tmp_path)
    files = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert {path for path in files if "__pycache__" not in path} == {"service/__init__.py"}
    assert len(files) == 2
    assert build_package(runtime, tmp_path) == built

    (package / "__init__.py").write_text("changed = True", encoding="utf-8")
    assert build_package(runtime, tmp_path) != built
    assert not built.exists()
