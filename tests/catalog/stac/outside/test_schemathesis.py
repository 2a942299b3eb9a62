"""Every operation of the OpenAPI document, asked what nobody thought of: nothing answers 5xx, all errors look alike."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import Phase, given
from hypothesis import strategies as st
from schemathesis import GenerationMode

from catalog.models import AuditEntry, Membership
from catalog.services.access.tokens import create_token
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.imagery import ingest_upload, write_scene
from tests.catalog.stac.outside.documents import write_catalog

SNAPSHOT = json.loads((Path(__file__).resolve().parents[4] / "docs" / "openapi.json").read_text())
METHODS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = [(method, path) for path, members in SNAPSHOT["paths"].items() for method in members if method in METHODS]
# Of one operation: with these all of them take less than a minute.
EXAMPLES = 12
CODES = {"code", "description"}
BOUNDED = hypothesis.settings(max_examples=EXAMPLES, phases=[Phase.generate])


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build a catalog with imagery; each test's own changes to it are undone. Values of parameters, and a token."""
    del django_db_setup
    with django_db_blocker.unblock():
        owner = User.objects.create_user("owner")
        collections = write_catalog()
        for collection in collections:
            Membership.objects.create(collection=collection, user=owner, role=Membership.Role.OWNER)
        path = tmp_path_factory.mktemp("imagery") / "scene.tif"
        write_scene(path)
        item = ingest_upload(path, user=owner, collection=collections[0])
        file = item.collection.files.get(name=path.name)
        job = create_job(user=owner, collection_id="scenes", sources=[SourceSpec(file=file.pk)])
        token, secret = create_token(user=owner, name="outside")
        names = {"collection_id": "scenes", "item_id": item.item_id, "asset_key": "data", "period": "2024-01"}
        rows = {"file_id": str(file.pk), "job_id": str(job.pk), "id": token.pk}
        tile = {"z": 11, "x": 1109, "y": 735, "image_format": "png", "tile_matrix_set": "WebMercatorQuad"}
        place = {"longitude": 15.01, "latitude": 45.1}
        yield names | rows | tile | place, secret
        job.delete()
        item.delete()
        file.delete()
        for collection in collections:
            collection.delete()
        owner.delete()
        AuditEntry.objects.prune(before=timezone.now())


@pytest.fixture(scope="module", autouse=True)
def _one_connection():
    """Keep the database connection, which requests would close, and with it the transaction undone after each test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def document():
    """As a client gets it."""
    return schemathesis.openapi.from_wsgi("/api/schema/", whole_answers)


def whole_answers(environ: Any, start_response: Any) -> list[bytes]:
    """Answer as the site does, without answers that go on after they were read: schemathesis closes none."""
    answer = get_wsgi_application()(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[int]]:
    """How often each status was answered: told at the end, to who runs these tests with -s."""
    statuses = Counter[int]()
    yield statuses
    told = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
    print(f"\nschemathesis: {statuses.total()} requests to {len(OPERATIONS)} operations: {told}")  # noqa: T201


def test_schemathesis_is_asked_about_every_operation(document):
    served = {(each.ok().method.lower(), each.ok().path) for each in document.get_all_operations()}
    assert served == set(OPERATIONS)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: value.strip("/"))
def test_operation_answers_no_5xx(document, site, tally, method, path, settings):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    known, secret = site
    operation = document[path][method]
    present = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    # Its client asks for what it doesn't read: compressed answers.
    plain = {"Accept-Encoding": "identity"}
    signed_in = plain | {"Authorization": f"Bearer {secret}"}

    @BOUNDED
    @given(case=_cases(operation, present), headers=st.sampled_from([signed_in, signed_in, plain]))
    def ask(case: Any, headers: dict[str, str]) -> None:
        answer = case.call(headers=headers)
        tally[answer.status_code] += 1
        assert answer.status_code < 500, answer.content
        if answer.status_code >= 400 and answer.content:
            assert answer.json().keys() >= CODES

    ask()


def _cases(operation: Any, present: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Generate what the document allows and what it doesn't, of what is there and of what is not."""
    places = [present, None] if present else [None]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of([operation.as_strategy(mode, path_parameters=place) for place in places for mode in modes])
