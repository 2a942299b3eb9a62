"""Read what clients search for, and find it in the database: what a search, its filter and its order mean there."""
