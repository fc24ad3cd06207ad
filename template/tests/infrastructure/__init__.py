# Template-owned: updates rewrite this file (tooling/ownership.toml).
