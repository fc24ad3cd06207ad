"""The tables of docs/architecture.md, one module for each."""
