"""The migrations of every release, and what they are made with.

`release.toml` lists them; a service's updater runs them from a clone, so no service has a copy.
"""
