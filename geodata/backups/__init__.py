"""Take a site's database and storage along, and bring them back: `manage.py backup`, `manage.py restore`."""


class BackupFailed(Exception):
    """A backup can't be made, or brought back; the message says why and what to do."""
