"""Real services for tests, each on an address of its own and gone after the test session."""
