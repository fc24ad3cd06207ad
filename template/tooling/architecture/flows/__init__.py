# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Who calls, uses, tells and watches whom, found in the templates."""
