"""Runbooks: a section for each alarm, derived from the templates, linked to the team's notes."""
