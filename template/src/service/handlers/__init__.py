# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""One thin adapter for each trigger: parse, call the domain, respond."""
