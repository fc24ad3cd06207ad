"""Resolve CloudFormation's functions: as the guideline's controls do."""

from aws_service_kit.controls.evidence.intrinsics import Resolver, Template

__all__ = ["Resolver", "Template"]
