"""Check types with mypy, without the CDK libraries that neither the project nor the kit uses.

For type checkers, `aws_cdk` imports all of its more than 300 libraries. Reading them takes three
quarters of mypy's first run. A skipped library's names have the type Any.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import aws_service_kit
from aws_service_kit.project import ROOT

SETTINGS = Path("mypy.ini")
WRITTEN = Path(".cache", "mypy.ini")
KIT = Path(aws_service_kit.__file__).parent
CODE = ("src", "infrastructure", "tooling", "tests")


def libraries() -> set[str]:
    """Return the names of all libraries in `aws_cdk`."""
    spec = find_spec("aws_cdk")
    if spec is None or spec.origin is None:
        return set()  # mypy reports the missing package
    return {path.parent.name for path in Path(spec.origin).parent.glob("*/__init__.py")}


def named(file: Path) -> Iterator[str]:
    """Return the names that a file uses, including its libraries of `aws_cdk`."""
    source = file.read_bytes()
    # Three quarters of the files don't use the CDK, and parsing them takes half a second.
    if b"cdk" not in source:
        return
    for node in ast.walk(ast.parse(source, str(file))):
        match node:
            case ast.ImportFrom(module="aws_cdk", names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module)) if module.startswith("aws_cdk."):
                yield module.split(".")[1]
            case ast.Import(names=names):
                yield from (each.name.removeprefix("aws_cdk.").split(".")[0] for each in names)
            case ast.Attribute(attr=name):  # cdk.aws_rds, after `import aws_cdk as cdk`
                yield name


def settings(root: Path, arguments: Sequence[str] = ()) -> str:
    """Return the project's settings for mypy, with the libraries to skip.

    Args:
        root: The project's folder.
        arguments: Options of mypy. If there are folders among them, the libraries that the folders
            use aren't skipped.
    """
    folders = (*(root / folder for folder in (*CODE, *arguments)), KIT)
    files = [path for folder in folders for path in folder.rglob("*.py")]
    skipped = sorted(libraries().difference(*map(named, files)))
    sections = [f"[mypy-aws_cdk.{name}.*]\nfollow_imports = skip\n" for name in skipped]
    return "\n".join([(root / SETTINGS).read_text(encoding="utf-8"), *sections])


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run mypy.

    Args:
        arguments: More options of mypy.
        root: The project's folder.

    Returns:
        Its exit code.
    """
    written = root / WRITTEN
    written.parent.mkdir(exist_ok=True)
    try:
        written.write_text(settings(root, arguments), encoding="utf-8")
    except SyntaxError as error:
        sys.stderr.write(f"{error.filename}:{error.lineno}: {error.msg}\n")
        return 1
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(written), *arguments]
    return subprocess.run(mypy, cwd=root, check=False).returncode  # noqa: S603 - this module's arguments


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
