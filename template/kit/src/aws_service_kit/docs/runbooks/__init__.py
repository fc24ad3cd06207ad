"""Runbooks: a section for each alarm, derived from the templates, beside the team's own notes."""
