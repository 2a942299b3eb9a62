"""How GDAL reaches the site's stores."""

from django.conf import settings


def gdal_options() -> dict[str, str]:
    """Return GDAL's configuration for the site's S3 settings, the same that boto3 gets."""
    options = {"AWS_NO_SIGN_REQUEST": "YES" if settings.AWS_NO_SIGN_REQUEST else "NO"}
    if endpoint := settings.AWS_ENDPOINT_URL:
        scheme, _, host = endpoint.partition("://")
        options |= {
            "AWS_S3_ENDPOINT": host.rstrip("/"),
            "AWS_HTTPS": "YES" if scheme == "https" else "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }
    return options
