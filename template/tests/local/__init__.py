# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tests of the service as it runs in the emulator."""
