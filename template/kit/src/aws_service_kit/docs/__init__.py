"""Derive documents from the code: architecture, configuration, runbooks."""
