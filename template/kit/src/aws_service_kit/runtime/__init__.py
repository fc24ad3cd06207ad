"""The runtime of Lambda functions: entry points, logs, metrics, errors, AWS clients, messages.

It imports nothing of the service.
"""
