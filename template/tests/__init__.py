# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The service's tests."""
