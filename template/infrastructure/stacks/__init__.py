# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The service's stacks, one file per domain; each file here is deployed."""
