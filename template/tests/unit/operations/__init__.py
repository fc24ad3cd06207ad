# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of what people run for an account."""
