"""Factories: they configure the adapters from the function's environment variables."""
