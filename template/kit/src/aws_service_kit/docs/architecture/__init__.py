"""The document on the service's architecture, derived from its synthesized templates."""
