"""large-image's words for what this app has: its metadata, projections, locations, and a tile source for its users."""
