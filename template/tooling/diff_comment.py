# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Write the pull request's comment on what a deployment would change, from `cdk diff`'s outputs.

Only the standard library is used, not the kit: the job that may write comments installs nothing.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

# How the workflow finds the comment that it wrote before.
MARKER = "<!-- cdk diff -->"
ORDER = ("dev", "staging", "prod")
# GitHub refuses comments of more than 65,536 characters; there are at most three environments.
LONGEST_DIFF = 20_000
# The diff role can't assume the CDK's lookup role, on purpose, and the CLI says so for each stack.
EXPECTED_WARNINGS = ("current credentials could not be used to assume", "Lookup role ")


def comment(diffs: Mapping[str, str], commit: str) -> str:
    """Write the comment.

    Args:
        diffs: Environment to what `cdk diff` printed for it.
        commit: The commit that the assembly was made of.

    Returns:
        Markdown that begins with `MARKER`.
    """
    sections = [section(name, diffs[name]) for name in sorted(diffs, key=ORDER.index)]
    return "\n\n".join([MARKER, f"What deploying {commit} would change:", *sections]) + "\n"


def section(environment: str, diff: str) -> str:
    """Write what changes in one environment, folded."""
    lines = [line for line in diff.splitlines() if not line.startswith(EXPECTED_WARNINGS)]
    text = "\n".join(lines).strip()
    if len(text) > LONGEST_DIFF:
        text = f"{text[:LONGEST_DIFF]}\n… (the workflow's log has the rest)"
    # A fence longer than any in the text, so that the text can't end it.
    fence = "`" * (longest_run("`", text) + 3)
    return "\n".join(
        [
            f"<details><summary>{environment}</summary>",
            "",
            f"{fence}text",
            text,
            fence,
            "</details>",
        ]
    )


def longest_run(character: str, text: str) -> int:
    """Return how often a character comes in a row, at most."""
    longest = run = 0
    for other in text:
        run = run + 1 if other == character else 0
        longest = max(longest, run)
    return longest


def main(folder: Path, commit: str) -> None:
    """Print the comment on the files `<environment>.txt` of a folder."""
    diffs = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    print(comment(diffs, commit), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
