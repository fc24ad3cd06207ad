# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The service's Lambda code: handlers over a domain, its adapters, and the template's runtime."""
