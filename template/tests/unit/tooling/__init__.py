# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the tools that the workflows run."""
