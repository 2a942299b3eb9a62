"""TiTiler's MosaicJSON tiles, measured within its process; runs in TiTiler's environment."""

import json
import sys
import tempfile
import time
from pathlib import Path

from cogeo_mosaic.backends import MosaicBackend
from cogeo_mosaic.mosaic import MosaicJSON
from fastapi import FastAPI
from fastapi.testclient import TestClient
from titiler.mosaic.factory import MosaicTilerFactory


def main(imagery: str, places: list[str]) -> None:
    files = sorted(map(str, Path(imagery).glob("scene*.tif")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mosaic.json"
        path.write_text(MosaicJSON.from_urls(files, quiet=True).model_dump_json(exclude_none=True))
        app = FastAPI()
        app.include_router(MosaicTilerFactory(backend=MosaicBackend).router)
        client = TestClient(app)
        seconds = []
        for turn in range(2):
            for place in places:
                start = time.perf_counter()
                answer = client.get(f"/tiles/WebMercatorQuad/{place}.png", params={"url": str(path)})
                if turn:
                    seconds.append(time.perf_counter() - start)
                    assert answer.status_code in (200, 204, 404), answer.text
        print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
