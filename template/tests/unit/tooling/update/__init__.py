# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the page on the architecture, on small templates made by hand."""
