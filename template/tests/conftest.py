# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What the tests prove of the guideline is written down where a task asks for it."""

pytest_plugins = ["aws_guidelines.pytest_plugin"]
