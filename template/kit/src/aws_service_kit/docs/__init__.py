"""Documents that are derived from the code: architecture, controls, OpenAPI."""
