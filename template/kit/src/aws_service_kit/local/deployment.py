"""Deploy into the emulator with the CDK's own command line, as the pipeline does into AWS."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.app import cdk
from aws_service_kit.app.bundle import DRAFTS
from aws_service_kit.local import guard
from aws_service_kit.local.cloud import ACCOUNT, REGION, LocalError

if TYPE_CHECKING:
    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.emulator import Emulator

APP = "python -m aws_service_kit.local.app"
STACKS = "local/*"
# Of all that the CDK says, what tells how far it is.
PROGRESS = re.compile(r"^local/(?P<stack>\w+) .*: (?:deploying|destroying)\.\.\. \[(?P<step>.+)\]$")


def bootstrap(cloud: Cloud, emulator: Emulator) -> None:
    """Prepare the emulator's account for deployments.

    Raises:
        LocalError: The CDK refuses.
    """
    # In an empty folder: beside cdk.json the CLI would synthesize the service first.
    with tempfile.TemporaryDirectory(dir=emulator.temporary) as empty:
        _cdk(cloud, emulator, ["bootstrap", f"aws://{ACCOUNT}/{REGION}"], Path(empty))


def deploy(cloud: Cloud, emulator: Emulator) -> None:
    """Synthesize the local environment and deploy all its stacks, showing the progress.

    Raises:
        LocalError: The service doesn't synthesize or deploy.
    """
    print("Synthesizing and deploying:", flush=True)
    _cdk(cloud, emulator, ["deploy", *_assembly(emulator), "--require-approval", "never", STACKS])


def diff(cloud: Cloud, emulator: Emulator) -> None:
    """Compare the code with what is deployed.

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
    """Give the folder of what was synthesized last."""
    return emulator.folder / "cdk.out"


def _assembly(emulator: Emulator) -> list[str]:
    return ["--app", APP, "--output", str(assembly(emulator))]


def _cdk(
    cloud: Cloud, emulator: Emulator, arguments: list[str], folder: Path | None = None
) -> None:
    if not (emulator.root / "node_modules" / ".bin" / "cdk").exists():
        raise LocalError("the CDK's command line is missing: run `python3 dev.py setup`")
    environment = {
        **cloud.environment(),
        # The CLI remembers an account for each key, and not only for this emulator.
        "CDK_HOME": str(emulator.folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # What is left there when it is cut off goes with the emulator.
        DRAFTS: str(emulator.temporary),
        "TMPDIR": str(emulator.temporary),
    }
    code, said = guard.run(
        cdk.command(*arguments, "--no-notices", "--no-color", root=emulator.root),
        folder=folder or emulator.root,
        environment=environment,
        tell=_show_progress,
    )
    if code != 0:
        raise LocalError(f"`cdk {arguments[0]}` failed:\n{said}")


def _show_progress(line: str) -> None:
    if progress := PROGRESS.match(line):
        print("  {step:>7}  {stack}".format(**progress.groupdict()), flush=True)
