"""Errors in configuration files."""


class ConfigError(Exception):
    """A configuration file is invalid; the message is one line with file, key and remedy."""
