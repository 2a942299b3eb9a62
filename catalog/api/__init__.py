"""The native REST API: collections, files, ingests, tokens."""
