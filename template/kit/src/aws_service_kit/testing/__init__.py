"""Fixtures, event builders, and suites that check a service against the guideline."""
