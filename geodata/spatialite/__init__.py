"""Django's SpatiaLite backend, made to work with every Python and with SQLite newer than SpatiaLite expects."""
