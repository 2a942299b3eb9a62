"""Add up what all processes of this machine counted, as Prometheus reads it."""

from geodata.observing.folder import FOLDER, is_alive, prepare

prepare()

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

MEDIA_TYPE = CONTENT_TYPE_LATEST


def collected() -> bytes:
    """Return the counts of all processes, and how the catalog stands."""
    # Imported once Prometheus' client knows the folder.
    from geodata.observing import ledger  # noqa: PLC0415
    from geodata.observing.standing import StandingCollector  # noqa: PLC0415

    ledger.settle()
    for file in FOLDER.glob("gauge_live*_*.db"):
        if not is_alive(file):
            file.unlink(missing_ok=True)
    registry = CollectorRegistry()
    registry.register(StandingCollector())
    MultiProcessCollector(registry, path=str(FOLDER))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
