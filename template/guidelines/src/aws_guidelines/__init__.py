# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The AWS guideline as controls that can fail."""
