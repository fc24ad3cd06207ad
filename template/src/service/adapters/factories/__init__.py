"""Factories: the adapters, configured by the function's environment variables."""
