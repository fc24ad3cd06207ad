"""Adapters: the domain's ports, implemented with AWS services."""
