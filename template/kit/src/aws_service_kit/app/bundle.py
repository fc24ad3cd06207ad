"""Build the code bundle of all functions, without Docker.

It contains the locked, hash-checked wheels for the functions' platform and Python, `src/service`,
the kit's runtime, and the SDK's data for both. The wheels and the bundle are cached by content in
`.cache/bundle`, so unchanged dependencies cost no time.
"""

import compileall
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from py_compile import PycInvalidationMode

from uv import find_uv_bin

import aws_service_kit
from aws_service_kit.app import sdk_data
from aws_service_kit.project import ROOT

# Lambda unpacks a bundle here; tracebacks name this path.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (LAMBDA_TASK_ROOT)
TASK_ROOT = "/var/task"
# glibc of the wheels; Lambda's Amazon Linux 2023 has 2.34.
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# Environment variable with the folder of unfinished bundles; by default next to the finished ones.
DRAFTS = "BUNDLE_DRAFTS"
# Bytes of a function's code and dependencies, unzipped.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_BUNDLE = 262_144_000
# Files that file managers, editors and Python write next to the code.
LEFTOVERS = ("__pycache__", ".DS_Store", "._*", "Thumbs.db", "desktop.ini", ".*.sw?", ".#*", "*~")
CACHE = Path(".cache", "bundle")
KIT = Path(aws_service_kit.__file__).parent
INIT, RUNTIME = Path("__init__.py"), "runtime"
# Packages that are copied as source: the service and the kit's runtime.
NOT_INSTALLED = ("--no-emit-project", "--no-emit-package", "aws-service-kit")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


class BundleError(Exception):
    """The bundle can't be built; the message contains uv's output."""


def build_bundle(runtime: str, architecture: str, root: Path = ROOT) -> Path:
    """Return the bundle for a Lambda runtime; it is built unless it is cached.

    Args:
        runtime: A Lambda runtime's name, such as `python3.14`.
        architecture: `arm64` or `x86_64`.
        root: The project's folder.

    Returns:
        A folder with the dependencies, `service` and the kit's runtime at its top level.

    Raises:
        BundleError: The lock file is out of date, a dependency has no wheel for the platform, CI
            runs another Python than the functions, or the bundle exceeds Lambda's limit.
    """
    dependencies = build_dependencies(runtime, architecture, root)
    return _with_package("bundle", runtime, root, dependencies)


def build_package(runtime: str, root: Path = ROOT) -> Path:
    """Return the bundle without the dependencies, for callers that add the dependencies.

    Args:
        runtime: A Lambda runtime's name, such as `python3.14`.
        root: The project's folder.

    Returns:
        A folder with only `service` and the kit's runtime.
    """
    return _with_package("package", runtime, root)


def build_dependencies(runtime: str, architecture: str, root: Path = ROOT) -> Path:
    """Return the dependencies of `service` and the kit's runtime; installed unless cached.

    Args:
        runtime: A Lambda runtime's name, such as `python3.14`.
        architecture: `arm64` or `x86_64`.
        root: The project's folder.

    Returns:
        A folder with the dependencies at its top level.

    Raises:
        BundleError: See `build_bundle`.
    """
    python = runtime.removeprefix("python")
    with_bytecode = _writes_bytecode_of(python)
    if os.environ.get("CI") and not with_bytecode:
        raise BundleError(
            f"CI runs Python {RUNNING} and the functions {python}: without bytecode their cold "
            "starts take twice as long; set the answer lambda_runtime to the runtime of team.toml, "
            "or remove the runtime there"
        )
    requirements = locked_requirements(root)
    key = digest([requirements, python, architecture, str(with_bytecode)])
    wheels = root / CACHE / f"wheels-{key}"
    if not wheels.exists():
        with published(wheels) as folder:
            install(requirements, folder, python, PLATFORMS[architecture], root)
            if with_bytecode:
                compile_folder(folder)
    return wheels


def _with_package(name: str, runtime: str, root: Path, dependencies: Path | None = None) -> Path:
    packages = {"service": root / "src" / "service", KIT.name: KIT}
    with_bytecode = _writes_bytecode_of(runtime.removeprefix("python"))
    before = dependencies.name if dependencies else f"{runtime} {with_bytecode}"
    builders = (Path(module).read_bytes() for module in (__file__, sdk_data.__file__))
    sources = [each for package in packages.values() for each in contents(package)]
    built = root / CACHE / f"{name}-{digest([before, *builders, *sources])}"
    if not built.exists():
        for outdated in built.parent.glob(f"{name}-*"):
            shutil.rmtree(outdated, ignore_errors=True)  # another process may delete it, too
        with published(built) as folder:
            if dependencies:
                shutil.copytree(dependencies, folder, dirs_exist_ok=True)
            for package, source in packages.items():
                copy_code(source, folder / package)
            if dependencies:
                sdk_data.add_sdk_data(folder)
            if with_bytecode:
                for package in packages:
                    compile_folder(folder / package, package)
            require_size(folder)
            make_readable(folder)
    return built


def _writes_bytecode_of(python: str) -> bool:
    """Return whether this interpreter's bytecode is valid for the target's Python."""
    return python == RUNNING


def locked_requirements(root: Path) -> str:
    """Return the functions' requirements from the lock file, with hashes."""
    groups = ["--no-default-groups", "--group", "runtime"]
    return uv(["export", "--locked", *groups, *NOT_INSTALLED, "--no-header"], root)


def install(requirements: str, folder: Path, python: str, platform: str, root: Path) -> None:
    """Install hash-checked wheels for a platform and a Python version into a folder."""
    listed = folder / "requirements.txt"
    listed.write_text(requirements, encoding="utf-8")
    target = ["--target", str(folder), "--python-version", python, "--python-platform", platform]
    checks = ["--require-hashes", "--only-binary", ":all:"]
    uv(["pip", "install", *target, *checks, "--requirement", str(listed)], root)
    listed.unlink()
    remove_installer_files(folder)


def remove_installer_files(folder: Path) -> None:
    """Remove files that differ between installations, so that equal locks give equal bundles."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    for installed_files in folder.glob("*.dist-info/RECORD"):
        installed_files.unlink()


def compile_folder(folder: Path, below: str = "") -> None:
    """Compile a folder's Python files to bytecode that stays valid in a zip.

    The CDK sets the time of zip entries to 1980, so bytecode checked by time would be stale.
    """
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        prependdir=f"{TASK_ROOT}/{below}".rstrip("/"),
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def require_size(folder: Path, limit: int = LARGEST_BUNDLE) -> None:
    """Reject a bundle that exceeds Lambda's limit.

    Args:
        folder: The bundle.
        limit: The maximum size of all files, in bytes.

    Raises:
        BundleError: The bundle is larger; the message names its largest packages.
    """
    sizes = Counter[str]()
    for path in folder.rglob("*"):
        if path.is_file():
            sizes[path.relative_to(folder).parts[0]] += path.stat().st_size
    total = sizes.total()
    if total > limit:
        named = ", ".join(f"{name} {size:,}" for name, size in sizes.most_common(5))
        raise BundleError(
            f"the bundle has {total:,} bytes unzipped and Lambda takes {limit:,}; largest: {named}"
        )


def make_readable(folder: Path) -> None:
    """Make files readable for all users, independent of the umask: Lambda runs as another user."""
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)


def contents(package: Path) -> Iterator[str]:
    """Yield the path and content of each source file, in a fixed order."""
    for below in code_of(package):
        yield f"{below.as_posix()}:{digest([(package / below).read_bytes()])}"


def copy_code(package: Path, target: Path) -> None:
    """Copy a package's files that functions run."""
    for below in code_of(package):
        (target / below).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(package / below, target / below)


def code_of(package: Path) -> list[Path]:
    """Return a package's files that functions run, in a fixed order; for the kit, its runtime."""
    names = sorted(path.relative_to(package) for path in _files(package) if path.is_file())
    return [
        name
        for name in names
        if not any(map(is_left_over, name.parts))
        and (package != KIT or name == INIT or name.parts[0] == RUNTIME)
    ]


def _files(package: Path) -> Iterator[Path]:
    """Yield the files of a package, including those behind links, except links to their parents.

    A team may link a folder that it shares with another service.
    """
    for folder, folders, files in os.walk(package, followlinks=True):
        here = Path(os.path.realpath(folder))
        folders[:] = [
            name
            for name in folders
            if not here.is_relative_to(os.path.realpath(Path(folder, name)))
        ]
        yield from (Path(folder, name) for name in files)


def is_left_over(name: str) -> bool:
    """Return whether a file or folder isn't code, and so isn't part of a bundle."""
    return any(fnmatch(name, pattern) for pattern in LEFTOVERS)


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a short hash of parts, which depends on their order."""
    state = hashlib.sha256()
    for part in parts:
        state.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    return state.hexdigest()[:16]


@contextmanager
def published(target: Path) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to `target` when it is complete.

    If another process has created the same target in the meantime, that one is kept: its name is a
    digest of its content.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get(DRAFTS, target.parent)) as temporary:
        draft = Path(temporary, target.name)
        draft.mkdir()
        yield draft
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise


def uv(arguments: list[str], root: Path) -> str:
    """Run uv in the project and return its output.

    Raises:
        BundleError: It failed.
    """
    command = [find_uv_bin(), "--quiet", "--color", "never", *arguments]
    # uv's bytecode is checked by time (see `compile_folder`).
    environment = {**os.environ, "UV_COMPILE_BYTECODE": "0"}
    result = subprocess.run(  # noqa: S603 - this module's program and arguments
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BundleError(f"uv {' '.join(arguments[:2])}: {result.stderr.strip()}")
    return result.stdout
