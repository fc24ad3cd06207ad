# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The tables of the page, one module each."""
