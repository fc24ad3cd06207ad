# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Write the pull request's comment on the changes of a deployment, from the outputs of `cdk diff`.

Only the standard library is used, not the kit: the job that may write comments installs nothing.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

# The workflow finds its earlier comment by this line.
MARKER = "<!-- cdk diff -->"
ORDER = ("dev", "staging", "prod")
# GitHub rejects comments of more than 65,536 characters. There are at most three environments.
LONGEST_DIFF = 20_000
# By design, the diff role can't assume the CDK's lookup role. The CLI warns for each stack.
EXPECTED_WARNINGS = ("current credentials could not be used to assume", "Lookup role ")


def comment(diffs: Mapping[str, str], commit: str) -> str:
    """Write the comment.

    Args:
        diffs: The output of `cdk diff`, by environment.
        commit: The commit of the assembly.

    Returns:
        Markdown that begins with `MARKER`.
    """
    sections = [section(name, diffs[name]) for name in sorted(diffs, key=ORDER.index)]
    return "\n\n".join([MARKER, f"What deploying {commit} would change:", *sections]) + "\n"


def section(environment: str, diff: str) -> str:
    """Write the changes of one environment, folded."""
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
    """Return the length of the longest sequence of a character."""
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
