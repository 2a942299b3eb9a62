"""Walls around the processes that decode strangers' bytes: what files they reach, and what addresses."""
