# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the runtime."""
