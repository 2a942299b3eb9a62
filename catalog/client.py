"""Ask the site's API, for the command line and the demo."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote, urlsplit

import requests
from tqdm import tqdm

# Seconds between two looks at a job.
POLL = 0.5
# Seconds to connect and to an answer; an upload's answer comes once storage has all of it.
TIMEOUT = (5, 300)


class ClientError(Exception):
    """Carry what the site said when it refused."""


class Client:
    def __init__(self, site: str, *, token: str) -> None:
        self.site = site.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {token}"

    def ensure_collection(self, collection_id: str, **fields: Any) -> None:
        """Make the collection unless it is there."""
        if (
            self._send("GET", f"/api/collections/{quote(collection_id, safe='')}/", accept=(404,)).status_code
            == requests.codes.not_found
        ):
            self._send("POST", "/api/collections/", json={"id": collection_id, **fields}, accept=(409,))

    def upload(self, path: Path) -> str:
        """Upload one file, with a progress bar; return its id."""
        size = path.stat().st_size
        with path.open("rb") as stream, _bar_of(stream, path) as wrapped:
            answer = self._send(
                "POST",
                "/api/files/",
                params={"name": path.name},
                data=_Sized(wrapped, size),
                headers={"Content-Type": "application/octet-stream"},
            )
        return str(answer.json()["id"])

    def ingest(
        self, collection_id: str, sources: Sequence[dict[str, Any]], *, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = {"collection": collection_id, "sources": list(sources), "options": dict(options or {})}
        job: dict[str, Any] = self._send("POST", "/api/ingests/", json=body).json()
        return job

    def find_job(self, job_id: str) -> dict[str, Any] | None:
        """Return the job, or None when the site has none of that id."""
        answer = self._send("GET", f"/api/ingests/{job_id}/", accept=(404,))
        return None if answer.status_code == requests.codes.not_found else answer.json()

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        """Look at the job until it has ended, and show how far it is."""
        with tqdm(total=job["total"], desc=f"Ingest into {job['collection']}", unit="file", disable=None) as bar:
            while True:
                counts = job["counts"]
                bar.total = job["total"]
                bar.n = job["total"] - counts["queued"] - counts["running"]
                items = {"items": job["items"]["written"]} if any(job["items"].values()) else {}
                bar.set_postfix(failed=counts["failed"], **items)
                bar.refresh()
                if job["state"] != "running":
                    return job
                time.sleep(POLL)
                job = self._send("GET", f"/api/ingests/{job['id']}/").json()

    def failed_sources(self, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        url: str | None = f"/api/ingests/{job['id']}/sources/?state=failed"
        while url:
            page = self._send("GET", url).json()
            yield from page["results"]
            # Its path alone: behind a proxy the site may know itself by another name.
            url = page["next"] and urlsplit(page["next"])._replace(scheme="", netloc="").geturl()

    def _send(self, method: str, path: str, *, accept: tuple[int, ...] = (), **options: Any) -> requests.Response:
        answer = self.session.request(method, self.site + path, timeout=TIMEOUT, **options)
        if answer.ok or answer.status_code in accept:
            return answer
        try:
            said = answer.json()["description"]
        except (ValueError, KeyError):
            said = answer.reason
        raise ClientError(f"The site answered {answer.status_code}: {said}")


def _bar_of(stream: IO[bytes], path: Path) -> AbstractContextManager[IO[bytes]]:
    """Wrap a file so that reading it moves a bar, on a terminal only (`disable=None`): in a log it is noise."""
    bar: Any = tqdm.wrapattr(
        stream, "read", total=path.stat().st_size, desc=path.name, unit="B", unit_scale=True, disable=None
    )
    return cast("AbstractContextManager[IO[bytes]]", bar)


class _Sized:
    """Give a stream a length, so that requests says Content-Length instead of sending chunks."""

    def __init__(self, stream: Any, size: int) -> None:
        self.stream = stream
        self.size = size

    def __len__(self) -> int:
        return self.size

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.stream.read(size)
        return data


def as_stac_source(text: str) -> dict[str, Any]:
    """Return the source that names a STAC document by its address, or is the one of a local file."""
    if "://" in text:
        return {"stac": text}
    try:
        content = Path(text).read_bytes()
        if text.endswith((".ndjson", ".jsonl")):
            features = [json.loads(line) for line in content.splitlines() if line.strip()]
            return {"stac": {"type": "FeatureCollection", "features": features}}
        document = json.loads(content)
    except OSError:
        raise ClientError(f"{text} is neither a URL nor a file.") from None
    except ValueError as error:
        raise ClientError(f"{text} is not JSON: {error}") from None
    return {"stac": document}


def as_source(client: Client, text: str, *, listed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the source that a word on the command line means: a prefix, a URL, or a local file, which is uploaded.

    ``listed``: what is wanted of a prefix, as the API has it.
    """
    if text.startswith(("s3://", "http://", "https://")) and text.endswith("/"):
        return {"prefix": text, **(listed or {})}
    if "://" in text:
        return {"href": text}
    path = Path(text)
    if not path.is_file():
        raise ClientError(f"{text} is neither a URL nor a file.")
    return {"file": client.upload(path)}
