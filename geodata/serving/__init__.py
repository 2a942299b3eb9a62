"""The web server: granian, with bounds for slow clients, and a watch that replaces a process that stands still."""
