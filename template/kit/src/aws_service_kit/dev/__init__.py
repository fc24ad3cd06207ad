"""Tools for the development of a service: type checks, mutation testing, breaking changes."""
