"""Breaking changes of the API and of the events, found by comparing with the default branch."""
