# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Run the whole service on this machine: in an emulator of AWS, deployed by the CDK's own CLI."""
