"""The AWS guideline's controls: automated checks of a repository."""
