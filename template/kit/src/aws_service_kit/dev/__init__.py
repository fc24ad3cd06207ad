"""Tools for developing a service: type checks, mutation testing, deployment targets."""
