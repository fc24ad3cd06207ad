# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The page on the service's architecture, made from its synthesized templates."""
