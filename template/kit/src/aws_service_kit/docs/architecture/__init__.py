"""docs/architecture.md, derived from the synthesized templates of a service."""
