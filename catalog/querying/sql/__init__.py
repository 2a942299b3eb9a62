"""SQL that Django has no words for, each in the dialects of PostgreSQL and SQLite, values always bound."""
