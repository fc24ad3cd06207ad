"""Tests that hold a team's own service to the guideline, brought in by a star import each."""
