"""Baseline handlers: the SDK alone, and handlers from the documentation of Powertools."""
