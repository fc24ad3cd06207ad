"""The page on the service's architecture, made from its synthesized templates."""
