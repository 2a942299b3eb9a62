"""Where a site's web processes show their pulse, and how long its settings wait for them."""

from pathlib import Path

from django.conf import settings

from geodata.serving.watch import Patience


def pulse_folder() -> Path:
    return Path(settings.DATA_DIR) / "run"


def site_patience() -> Patience:
    return Patience(
        silent=settings.WEB_SILENCE_SECONDS, request=settings.WEB_REQUEST_SECONDS, stalled=settings.WEB_STALL_SECONDS
    )
