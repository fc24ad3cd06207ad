"""Fixtures, event builders and the tests that hold a service to the guideline."""
