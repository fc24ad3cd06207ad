"""What people wait for and pay for, as ratios to baselines that anyone can install."""
