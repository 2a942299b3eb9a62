"""Parse rendering parameters, and turn raw values into colors."""
