"""Test suites that check any service against the guideline, each used by a star import."""
