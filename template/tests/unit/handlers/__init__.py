"""Tests of the handlers, from the event to the response."""
