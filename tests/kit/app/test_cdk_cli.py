"""The CDK's command line, as the tasks run it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from aws_service_kit.app import cdk_cli

# Prints the CDK's coloured output after a synthesis of several stacks.
COMMAND_LINE = r"""
console.error("\u001b[32mSuccessfully synthesized to cdk.out\u001b[39m");
console.error("Supply a stack id (\u001b[32mdev/api\u001b[39m, dev/web) to display its template.");
console.log("Supply a stack id (dev/api, dev/web) to display its template.");
console.error("[Warning at /dev/api] Supply a stack id");
console.log("done");
"""


def test_stack_ids_are_not_printed_after_a_synthesis(tmp_path: Path) -> None:
    program = tmp_path / "node_modules" / "aws-cdk" / "bin" / "cdk.js"
    program.parent.mkdir(parents=True)
    program.write_text(COMMAND_LINE, encoding="utf-8")
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    command = cdk_cli.command("synth", root=tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"
    assert "Successfully synthesized" in done.stderr
    assert done.stderr.endswith("[Warning at /dev/api] Supply a stack id\n")
    assert "to display its template" not in done.stderr
