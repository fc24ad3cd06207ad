"""Tests of the handlers, from API Gateway's event to its answer."""
