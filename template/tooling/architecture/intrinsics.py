# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Resolve CloudFormation's functions: as the guideline's controls do."""

from aws_guidelines.evidence.intrinsics import Resolver, Template

__all__ = ["Resolver", "Template"]
