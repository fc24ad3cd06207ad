"""The migrations of every release, and their tools.

`release.toml` lists them. A service's updater runs them from a clone, so no service has a copy.
"""
