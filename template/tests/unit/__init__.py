# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the code alone: AWS is emulated within the process (moto)."""
