"""Counts of the items that a search finds: <https://github.com/stac-api-extensions/aggregation>."""
