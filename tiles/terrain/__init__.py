"""Pictures of heights."""
