import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from aws_service_kit.app import bundle
from aws_service_kit.app.bundle import (
    KIT,
    BundleError,
    build_bundle,
    build_package,
    contents,
    digest,
    published,
    require_size,
)


def test_ci_builds_only_with_the_python_of_the_functions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    other = f"python3.{sys.version_info.minor + 1}"
    with pytest.raises(BundleError, match=r"CI runs Python 3\.\d+ and the functions 3\.\d+"):
        build_bundle(other, "arm64", tmp_path)


def test_a_digest_covers_names_and_bytes_except_caches(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    before = digest(contents(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"2")
    assert digest(contents(tmp_path)) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digest(contents(tmp_path)) != before


@pytest.mark.parametrize(
    "left_over",
    # See https://github.com/aws/aws-toolkit-jetbrains/pull/727.
    [".DS_Store", "._a.py", "Thumbs.db", "desktop.ini", ".a.py.swp", "folder/.#a.py", "a.py~"],
)
def test_files_of_file_managers_and_editors_are_excluded(left_over: str, tmp_path: Path) -> None:
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


def test_a_failed_build_is_not_published(tmp_path: Path) -> None:
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
def test_file_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        package = tmp_path / "src" / "service"
        (package / "folder").mkdir(parents=True)
        (package / "folder" / "module.py").touch()
        (package / "extension.so").touch(mode=0o700)
        built = build_package("python3.1", tmp_path)
    finally:
        os.umask(before)
    modes = {
        path.relative_to(built).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (built, *built.rglob("*"))
    }
    kit = {modes.pop(name) for name in [*modes] if name.startswith("aws_service_kit")}
    assert kit == {0o644, 0o755}
    assert modes == {
        ".": 0o755,
        "service": 0o755,
        "service/folder": 0o755,
        "service/folder/module.py": 0o644,
        "service/extension.so": 0o755,
    }


def test_a_too_large_bundle_is_rejected_with_its_largest_packages(
    tmp_path: Path,
) -> None:
    for name, size in (("small", 1), ("large", 700), ("larger", 800)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_bytes(b" " * size)
    (tmp_path / "single.py").write_bytes(b" " * 9)

    require_size(tmp_path, limit=1510)

    with pytest.raises(BundleError) as caught:
        require_size(tmp_path, limit=1509)
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
    runtime_of_the_kit = [path.relative_to(KIT.parent) for path in (KIT / "runtime").glob("*.py")]
    assert {path for path in files if "__pycache__" not in path} == {
        "service/__init__.py",
        "aws_service_kit/__init__.py",
        *(path.as_posix() for path in runtime_of_the_kit),
    }
    assert len(files) == 2 * (2 + len(runtime_of_the_kit))
    assert build_package(runtime, tmp_path) == built

    (package / "__init__.py").write_text("changed = True", encoding="utf-8")
    assert build_package(runtime, tmp_path) != built
    assert not built.exists()


def test_files_behind_links_are_in_the_bundle(tmp_path: Path) -> None:
    shared, package = tmp_path / "shared", tmp_path / "src" / "service"
    for folder in (shared, package / "one", package / "two"):
        folder.mkdir(parents=True)
    (shared / "sizes.py").write_text("", encoding="utf-8")
    for folder in (package / "one", package / "two"):
        (folder / "shared").symlink_to(shared)
    (package / "circle").symlink_to(package)
    built = build_package("python3.13", tmp_path) / "service"
    files = {path.relative_to(built).as_posix() for path in built.rglob("*.py")}
    assert files == {"one/shared/sizes.py", "two/shared/sizes.py"}


def test_a_bundle_contains_only_the_runtime_of_the_kit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = tmp_path / KIT.name
    shutil.copytree(KIT, kit)
    monkeypatch.setattr(bundle, "KIT", kit)
    (tmp_path / "src" / "service").mkdir(parents=True)
    before = build_package("python3.13", tmp_path)
    (kit / "constructs" / "queue.py").write_text("CHANGED = True\n", encoding="utf-8")
    assert build_package("python3.13", tmp_path) == before

    (kit / "runtime" / "ids.py").write_text("CHANGED = True\n", encoding="utf-8")

    after = build_package("python3.13", tmp_path)
    assert after != before
    copied = {path.name for path in (after / KIT.name).iterdir()}
    assert copied == {"__init__.py", "runtime"}


def test_concurrent_builds_of_a_bundle_both_succeed(tmp_path: Path) -> None:
    target = tmp_path / "bundle-1"
    with published(target) as first:
        (first / "module.py").touch()
        with published(target) as second:
            (second / "module.py").touch()
    assert [path.name for path in target.iterdir()] == ["module.py"]
    assert list(tmp_path.iterdir()) == [target]
