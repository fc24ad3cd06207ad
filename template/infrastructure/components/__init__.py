# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The AWS guideline as constructs: what a stack is built from."""
