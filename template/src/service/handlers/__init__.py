# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""One thin adapter for each trigger: parse, call the domain, answer."""

from aws_service_kit.runtime import init

init.begin()
