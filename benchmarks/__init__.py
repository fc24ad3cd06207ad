"""Benchmarks of time and costs, as ratios to baselines that anyone can install."""
