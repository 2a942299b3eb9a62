"""What a site says of itself to who runs it: metrics, logs that belong together by a request's id, a status."""
