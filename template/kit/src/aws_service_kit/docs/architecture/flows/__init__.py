"""Flows between resources: calls, uses, notifications and monitoring."""
