"""Deploy to the emulator with the CDK CLI, as the pipeline deploys to AWS."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.app import cdk_cli
from aws_service_kit.app.bundle import DRAFTS
from aws_service_kit.local import DEBUG_FOLDER, DEBUG_FUNCTIONS, process_guard
from aws_service_kit.local.cloud import ACCOUNT, REGION, LocalError
from aws_service_kit.local.code_replacement import CodeReplacement
from aws_service_kit.local.source import require_valid_syntax

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.debugger import Debugger
    from aws_service_kit.local.emulator import Emulator

APP = "python -m aws_service_kit.local.app"
STACKS = "local/*"
# The lines of the CDK's output that show the progress.
PROGRESS = re.compile(r"^local/(?P<stack>\w+) .*: (?:deploying|destroying)\.\.\. \[(?P<step>.+)\]$")
# The message by which the local application reports an error in the service (local/app.py).
MISTAKE = re.compile(r"^error: (.+)$", re.MULTILINE)


def bootstrap(cloud: Cloud, emulator: Emulator) -> None:
    """Bootstrap the emulator's account.

    Raises:
        LocalError: The CDK CLI fails.
    """
    # Run in an empty folder: in a folder with a cdk.json, the CLI would synthesize the service.
    with tempfile.TemporaryDirectory(dir=emulator.temporary) as empty:
        _cdk(cloud, emulator, ["bootstrap", f"aws://{ACCOUNT}/{REGION}"], Path(empty))


def deploy(cloud: Cloud, emulator: Emulator, debugger: Debugger | None = None) -> None:
    """Synthesize the local environment, deploy all its stacks, and print the progress.

    Args:
        cloud: The emulator.
        emulator: The emulator's process.
        debugger: The debugger of some functions, if any.

    Raises:
        LocalError: The synthesis or a deployment fails.
    """
    require_valid_syntax(emulator.root)
    print("Synthesizing and deploying:", flush=True)
    variables = {}
    if debugger is not None and (names := debugger.functions()):
        variables = {DEBUG_FUNCTIONS: ",".join(names), DEBUG_FOLDER: str(debugger.folder)}
    options = ["--require-approval", "never", STACKS]
    _cdk(cloud, emulator, ["deploy", *_assembly(emulator), *options], variables=variables)
    CodeReplacement(cloud, emulator).repeat()


def diff(cloud: Cloud, emulator: Emulator) -> None:
    """Compare the code with the deployed stacks.

    Raises:
        LocalError: They differ.
    """
    options = ["--fail", "--method", "template"]
    _cdk(cloud, emulator, ["diff", *_assembly(emulator), *options, STACKS])


def destroy(cloud: Cloud, emulator: Emulator) -> None:
    """Delete all stacks.

    Raises:
        LocalError: A stack can't be deleted.
    """
    _cdk(cloud, emulator, ["destroy", *_assembly(emulator), "--force", STACKS])


def assembly(emulator: Emulator) -> Path:
    """Return the folder of the last synthesis."""
    return emulator.folder / "cdk.out"


def _assembly(emulator: Emulator) -> list[str]:
    return ["--app", APP, "--output", str(assembly(emulator))]


def _cdk(
    cloud: Cloud,
    emulator: Emulator,
    arguments: list[str],
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> None:
    if not (emulator.root / "node_modules" / ".bin" / "cdk").exists():
        raise LocalError("the CDK CLI is missing: run `python3 dev.py setup`")
    environment = {
        **cloud.environment(),
        # The CLI caches the account of each access key in this folder.
        "CDK_HOME": str(emulator.folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The CLI's temporary files are removed with the emulator.
        DRAFTS: str(emulator.temporary),
        "TMPDIR": str(emulator.temporary),
        **(variables or {}),
    }
    code, output = process_guard.run(
        cdk_cli.command(*arguments, "--no-notices", "--no-color", root=emulator.root),
        folder=folder or emulator.root,
        environment=environment,
        on_line=_show_progress,
    )
    if code != 0:
        # The application's message is enough; the CLI's output only repeats it.
        mistake = MISTAKE.search(output)
        raise LocalError(mistake[1] if mistake else f"`cdk {arguments[0]}` failed:\n{output}")


def _show_progress(line: str) -> None:
    if progress := PROGRESS.match(line):
        print("  {step:>7}  {stack}".format(**progress.groupdict()), flush=True)
