"""Find breaking changes of the API and of events, by comparison with the default branch."""
