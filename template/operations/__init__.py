# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What people do with a service's accounts, beside deploying to them."""
