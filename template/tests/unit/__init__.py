# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the code, with AWS emulated in the process (moto)."""
