"""The tables of the document, one module each."""
