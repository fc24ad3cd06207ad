"""Handlers to compare with: the SDK alone, and what the documentation of Powertools teaches."""
