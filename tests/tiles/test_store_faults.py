"""A store that fails for a moment is answered for as such, and believed again as soon as it is well."""

from dataclasses import replace

import pytest

from tests.catalog.imagery import write_scene
from tiles.errors import SourceNotFound, SourceStalled, SourceUnreachable
from tiles.sources import stores
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef
from tiles.sources.stores import Stores


@pytest.fixture(autouse=True)
def _own_stores(monkeypatch) -> None:
    monkeypatch.setattr(stores, "STORES", Stores())


@pytest.fixture
def ref(file_server) -> SourceRef:
    write_scene(file_server.folder / "a.tif", size=512)
    return SourceRef(f"/vsicurl/{file_server.url}/a.tif", version="1")


def read(ref: SourceRef) -> int:
    with POOL.lease(ref) as source:
        return len(source.dataset.ReadRaster(0, 0, source.width, source.height))


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_open_of_a_store_that_fails_is_stalled_until_it_is_well(file_server, ref, status, method):
    file_server.faults[f"{method} /a.tif"] = [status] * 20
    with pytest.raises(SourceStalled):
        read(ref)
    file_server.faults.clear()
    assert read(ref) > 0


@pytest.mark.parametrize("driver", ["", "dicom"])
def test_open_of_a_store_that_does_not_answer_is_stalled(driver):
    """Nothing listens at the address, which tells nothing of the file."""
    with pytest.raises(SourceStalled):
        read(SourceRef("/vsicurl/http://127.0.0.1:9/level_0.dcm", version="1", driver=driver))


def test_open_of_what_is_not_there_is_looked_for_again(file_server, ref):
    content = (file_server.folder / "a.tif").read_bytes()
    (file_server.folder / "a.tif").unlink()
    with pytest.raises(SourceNotFound):
        read(ref)
    (file_server.folder / "a.tif").write_bytes(content)
    assert read(ref) > 0


@pytest.mark.parametrize("status", [0, 503])
def test_mask_that_is_not_handed_out_is_no_other_format(file_server, ref, status):
    """Its HEAD is answered, its GET isn't."""
    write_scene(file_server.folder / "a.tif.msk", size=512)
    file_server.faults["GET /a.tif.msk"] = [status] * 20
    with pytest.raises((SourceStalled, SourceUnreachable)):
        read(replace(ref, siblings=("a.tif.msk",)))
    file_server.faults.clear()
    assert read(replace(ref, siblings=("a.tif.msk",), version="2")) > 0
