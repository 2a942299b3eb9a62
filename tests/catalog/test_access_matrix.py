"""Every route of a public, an internal and a private collection, asked by people, tokens and signed URLs.

Routes come from the site's URLs, so that a new one fails here until the table says who may ask it. What an answer to
somebody who may is like is said by a superuser's: theirs has the same status.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from catalog.models import ChecksumFile, Collection, IngestJob, Item, Membership, Storage, Watch
from catalog.services.access.signatures import sign
from catalog.services.access.tokens import SCOPES, create_token
from tests.catalog.factories import UserFactory, annotate
from tests.catalog.imagery import ingest_upload, write_scene
from tests.catalog.test_every_route_asks import OF_PLACES, OWNED, PLACE, ROUTES, _content, _url

pytestmark = pytest.mark.django_db
VISIBILITIES = ("public", "internal", "private")
REFUSED = {401, 403, 404}
# Who may: in the order of what they may. Those who own something of a collection are its editors too.
LEVELS = ("see", "edit", "own", "administer")
UNSAFE = ("post", "put", "patch", "delete")


@dataclass(frozen=True)
class Rule:
    """Say what a method of a route takes: a role, a token's scope, an account; and whether a signed URL will do."""

    level: str = "see"
    scope: str = "read"
    signed_in: bool = False
    signed: bool = False


SEES = Rule()
SHOWS = Rule(signed=True)
CHANGES, DECIDES = Rule("edit", "write", signed_in=True), Rule("own", "admin", signed_in=True)
# GET of routes: imagery and files may be asked by signed URLs; of others those that are not for whoever sees.
GETS = {
    **{name: SHOWS for name in ROUTES if name.startswith(("asset-imagery", "item-imagery"))},
    **{
        f"{kind}-imagery-associated-{name}": Rule("edit", signed=True)
        for kind in ("asset", "item")
        for name in ("image", "list")
    },
    **dict.fromkeys(("file-detail", "file-download", "file-content"), SHOWS),
    **dict.fromkeys(
        (
            "collection-detail", "frontend:collection", "frontend:globe", "frontend:item", "stac-collection",
            "stac-collection-aggregate", "stac-collection-aggregations", "stac-collection-queryables",
            "stac-collection-sortables", "stac-item", "stac-items", "stac-months", "stac-period",
            "stac-preview", "annotation-detail",
        ),
        SEES,
    ),
    "collection-members": Rule("own", signed_in=True),
    **dict.fromkeys(("ingest-detail", "ingest-sources", "watch-detail", "watch-crawls"), Rule("edit", signed_in=True)),
    "storage-detail": Rule("edit", signed_in=True),
}  # fmt: skip
# Pages know sessions alone.
PAGES = {"frontend:collection", "frontend:globe", "frontend:item"}
# These take no GET.
NO_GET = {
    "file-verification",
    "ingest-cancel",
    "ingest-retry",
    "watch-crawl",
    "storage-check",
    "storage-events",
    "signature-revocation",
    "token-detail",
    "stac-bulk-items",
}
ITEM: dict[str, Any] = {
    "type": "Feature", "stac_version": "1.1.0", "id": "new", "geometry": None, "links": [], "assets": {},
    "properties": {"datetime": "2024-05-01T00:00:00Z"},
}  # fmt: skip
BOX: dict[str, Any] = {
    "type": "Feature", "properties": {},
    "geometry": {"type": "Polygon", "coordinates": [[[15.0, 45.1], [15.1, 45.1], [15.1, 45.2], [15.0, 45.1]]]},
}  # fmt: skip
LINE: dict[str, Any] = {
    "type": "Feature",
    "properties": {},
    "geometry": {"type": "LineString", "coordinates": [[15.0, 45.1], [15.1, 45.2]]},
}
COLLECTION: dict[str, Any] = {
    "type": "Collection", "stac_version": "1.1.0", "description": "x", "license": "other", "links": [],
    "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}},
}  # fmt: skip
ADMINISTERS = Rule("administer", "admin", signed_in=True)
INGESTS = Rule("edit", "ingest", signed_in=True)
# Every other method that a route has, with a body that it takes.
WRITES: dict[tuple[str, str], tuple[Rule, Any]] = {
    ("collection-detail", "patch"): (CHANGES, {"title": "x"}),
    ("collection-members", "post"): (DECIDES, {"username": "somebody", "role": "viewer"}),
    ("collection-members", "delete"): (DECIDES, {}),
    ("signature-revocation", "post"): (DECIDES, {}),
    ("annotation-detail", "patch"): (CHANGES, {"properties": {"name": "x"}}),
    ("annotation-detail", "delete"): (CHANGES, None),
    ("file-verification", "post"): (INGESTS, {}),
    ("ingest-retry", "post"): (INGESTS, {}),
    ("ingest-cancel", "post"): (INGESTS, {}),
    ("storage-check", "post"): (ADMINISTERS, {}),
    ("storage-detail", "patch"): (ADMINISTERS, {"region": "x"}),
    ("storage-detail", "delete"): (ADMINISTERS, None),
    ("watch-crawl", "post"): (INGESTS, {}),
    ("watch-detail", "patch"): (INGESTS, {"interval": 3600}),
    ("watch-detail", "delete"): (INGESTS, None),
    ("stac-collection", "put"): (CHANGES, COLLECTION),
    ("stac-collection", "patch"): (CHANGES, {"title": "x"}),
    ("stac-collection", "delete"): (Rule("own", "write", signed_in=True), None),
    ("stac-collection-queryables", "put"): (CHANGES, {"properties": {"x": {"type": "string"}}}),
    ("stac-collection-aggregate", "post"): (SEES, {}),
    ("stac-bulk-items", "post"): (CHANGES, {"items": {"new": ITEM}}),
    ("stac-items", "post"): (CHANGES, ITEM),
    ("stac-item", "put"): (CHANGES, {**ITEM, "id": "scene"}),
    ("stac-item", "patch"): (CHANGES, {"properties": {"title": "x"}}),
    ("stac-item", "delete"): (CHANGES, None),
    **{
        (f"{kind}-imagery-{name}", "post"): (SEES, body)
        for kind in ("asset", "item")
        for name, body in (("region", BOX), ("pixel-statistics", BOX), ("profile", LINE))
    },
}
# What there is nothing of on a plain image, for anybody.
NOTHING = {f"{kind}-imagery-associated-image" for kind in ("asset", "item")}


def _methods() -> Iterator[tuple[str, str]]:
    """Yield each other method than GET that a route of a collection has."""

    def walk(patterns: Any, space: str = "") -> Iterator[tuple[str, Any]]:
        for each in patterns:
            if isinstance(each, URLResolver):
                if each.namespace != "admin":
                    yield from walk(each.url_patterns, f"{each.namespace}:" if each.namespace else space)
            else:
                yield f"{space}{each.name}", each.callback

    for name, view in walk(get_resolver("geodata.urls").url_patterns):
        actions = getattr(view, "actions", None)
        view_class = getattr(view, "cls", None)
        for method in UNSAFE:
            has = method in actions if actions else view_class is not None and hasattr(view_class, method)
            if has and method in getattr(view_class, "http_method_names", UNSAFE) and OWNED.intersection(ROUTES[name]):
                yield name, method


def test_every_route_and_method_of_a_collection_is_in_the_table():
    routes = {name for name, parts in ROUTES.items() if OWNED.intersection(parts)}
    assert routes == GETS.keys() | NO_GET, "say who may GET these"
    assert set(_methods()) - {("token-detail", "delete"), ("storage-events", "post")} == WRITES.keys(), (
        "say who may do these"
    )


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, with what they may: the index of a level, a scope, a signature's query."""

    name: str
    client: Client
    level: int = -1
    scope: str = "admin"
    has_account: bool = True
    query: str = ""
    has_expired: bool = False
    by_token: bool = False

    def may(self, rule: Rule, *, visibility: str, name: str) -> bool:
        if self.by_token and name in PAGES:
            return visibility == "public" and rule == SEES
        if self.query and rule.signed and rule.level == "see" and not self.has_expired:
            return True
        if rule.signed_in and not self.has_account:
            return False
        sees = {"public": True, "internal": self.has_account, "private": self.level >= 0}[visibility]
        role_is_enough = sees if rule.level == "see" else self.level >= LEVELS.index(rule.level)
        return role_is_enough and SCOPES.index(self.scope) >= SCOPES.index(rule.scope)


class Site:
    """Three collections of one image each, and those who ask for it."""

    def __init__(self, owner: Any, folder: Any) -> None:
        self.owner = owner
        self.people = {role: UserFactory(username=role) for role in ("viewer", "editor")}
        UserFactory(username="somebody")
        self.values: dict[str, dict[str, Any]] = {}
        for visibility in VISIBILITIES:
            collection = Collection.objects.create(id=visibility, title=visibility, visibility=visibility)
            for user, role in ((owner, "owner"), *((user, role) for role, user in self.people.items())):
                Membership.objects.create(collection=collection, user=user, role=role)
            self.values[visibility] = {**PLACE, **self._scene(collection, folder), "name": "scene.tif"}

    def _scene(self, collection: Collection, folder: Any) -> dict[str, Any]:
        first = Item.objects.first()
        if first is None:
            write_scene(folder / "scene.tif")
            item = ingest_upload(folder / "scene.tif", user=self.owner, collection=collection)
        else:
            item, files = first, {}
            for key, pk in first.asset_files.items():
                file = ChecksumFile.objects.get(pk=pk)
                file.pk, file.collection = uuid4(), collection
                file.save(force_insert=True)
                files[key] = str(file.pk)
            item.pk, item.collection, item.asset_files = None, collection, files
            item.save(force_insert=True)
        # Uploads are their owner's as well; these are the collection's alone.
        ChecksumFile.objects.filter(collection=collection).update(owner=None)
        job = IngestJob.objects.create(collection=collection)
        # Whoever edits may ingest from it; staff alone see and change how it is opened, see below.
        storage = Storage.objects.create(name=collection.pk, href=f"s3://imagery/{collection.pk}/")
        storage.collections.add(collection)
        watch = Watch.objects.create(collection=collection, owner=self.owner, href="s3://imagery/")
        return {
            "collection_id": collection.pk, "item_id": item.item_id, "asset_key": "data",
            "file_id": item.asset_files["data"], "job_id": job.pk, "watch_id": watch.pk, "storage_id": storage.pk,
            "annotation_id": annotate(item).pk, "pk": 0,
        }  # fmt: skip

    def askers(self, visibility: str) -> Iterator[Asker]:
        def session(user: Any) -> Client:
            client = Client()
            client.force_login(user)
            return client

        yield Asker("superuser", session(UserFactory(is_superuser=True)), level=2)
        yield Asker("anonymous", Client(), has_account=False)
        yield Asker("outsider", session(UserFactory()))
        yield Asker("staff", session(UserFactory(is_staff=True)))
        for level, role in enumerate(("viewer", "editor")):
            yield Asker(role, session(self.people[role]), level=level)
        yield Asker("owner", session(self.owner), level=2)
        for scope in SCOPES:
            secret = create_token(user=self.owner, name=scope, scope=scope)[1]
            client = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
            yield Asker(f"token for {scope}", client, level=2, scope=scope, by_token=True)
        expires, signature = sign(user=self.owner, collection_id=visibility, seconds=600)
        yield Asker("signed URL", Client(), has_account=False, query=f"expires={expires}&signature={signature}")
        with patch.object(time, "time", return_value=time.time() - 1000):
            expires, signature = sign(user=self.owner, collection_id=visibility, seconds=600)
        query = f"expires={expires}&signature={signature}"
        yield Asker("expired signed URL", Client(), has_account=False, query=query, has_expired=True)


@pytest.fixture
def site(user, tmp_path, settings, monkeypatch) -> Site:
    settings.SIGN_IN_FAILURES = 0
    monkeypatch.setattr("catalog.services.ingest.jobs._send", lambda *_: None)
    monkeypatch.setattr("catalog.api.storages.check_storage", lambda _: None)
    return Site(user, tmp_path)


def _ask(asker: Asker, method: str, path: str, body: Any) -> tuple[int, bytes]:
    """Return the answer's status and beginning; what was changed is undone. An ETag of any kind spares the pixels."""
    join = "&" if "?" in path else "?"
    url = f"{path}{join}{asker.query}" if asker.query else path
    with transaction.atomic():
        if method == "get":
            answer = asker.client.get(url, HTTP_IF_NONE_MATCH="*")
        else:
            answer = getattr(asker.client, method)(url, data=body or {}, content_type="application/json")
        content = _content(answer)
        transaction.set_rollback(True)
    if answer.status_code == 302 and answer.get("Location", "").startswith("/sign-in/"):
        return 401, content
    return answer.status_code, content[:200]


def _wrong(site: Site, table: dict[tuple[str, str], tuple[Rule, Any]]) -> list[Any]:
    wrong: list[Any] = []
    for visibility in VISIBILITIES:
        superuser, *askers = site.askers(visibility)
        if {method for _, method in table} == {"get"}:
            # To read takes the least scope, which each holds.
            askers = [asker for asker in askers if not asker.by_token or asker.scope in {"read", "admin"}]
        values = site.values[visibility]
        for (name, method), (rule, given) in table.items():
            body = {**COLLECTION, "id": visibility} if given is COLLECTION else given
            path = _url(name, values)
            if method == "get" and (query := OF_PLACES.get(f"search-{name.partition('-imagery-')[2]}")):
                path += f"?{urlencode(query)}"
            if (name, method) == ("collection-members", "delete"):
                path += "?username=editor"
            usual, content = _ask(superuser, method, path, body)
            if usual in REFUSED | {400, 405, 500} and name not in NOTHING:
                wrong.append(("superuser", name, method, visibility, usual, content))
                continue
            for asker in askers:
                status, content = _ask(asker, method, path, body)
                expected = {usual} if asker.may(rule, visibility=visibility, name=name) else REFUSED
                # What asks who somebody is, is told that they were let in once; what is anyone's doesn't ask.
                is_told = asker.has_expired and rule.signed and status == 403
                # STAC's routes know no signatures, and say so.
                is_unknown = asker.query and not rule.signed and status == 400
                if status not in expected and not is_told and not is_unknown:
                    wrong.append((asker.name, name, method, visibility, status, content))
    return wrong


def test_whoever_may_look_does_and_nobody_else(site):
    paths = {(name, "get"): (rule, None) for name, rule in GETS.items()}
    wrong = _wrong(site, paths)
    assert not wrong, "\n".join(map(str, wrong))


def test_whoever_may_change_does_and_nobody_else(site):
    wrong = _wrong(site, WRITES)
    assert not wrong, "\n".join(map(str, wrong))


def test_signatures_and_ingests_are_asked_for_by_whom_the_collection_lets(site):
    for name, rule, body in (
        ("signature-list", Rule(signed_in=True), {}),
        ("watch-list", INGESTS, {"href": "s3://imagery/2024/"}),
        ("ingest-list", INGESTS, {"sources": [{"href": "https://example.org/a.tif"}]}),
    ):
        for visibility in VISIBILITIES:
            for asker in site.askers(visibility):
                status, content = _ask(asker, "post", reverse(name), {"collection": visibility, **body})
                may = asker.may(rule, visibility=visibility, name=name)
                assert (status < 300) is may, (name, visibility, asker.name, status, content)
                assert may or status in REFUSED, (name, visibility, asker.name, status, content)


def test_tokens_are_revoked_by_their_owners_alone(site):
    token = create_token(user=site.owner, name="theirs")[0]
    path = reverse("token-detail", args=[token.pk])
    for asker in site.askers("private"):
        may = asker.name in {"owner", "token for admin"}
        assert _ask(asker, "delete", path, None)[0] in ({204} if may else REFUSED), asker.name


def test_admin_is_for_staff(site):
    names = {
        each.name
        for resolver in get_resolver("geodata.urls").url_patterns
        if isinstance(resolver, URLResolver) and resolver.namespace == "admin"
        for route in resolver.url_patterns
        for each in (route.url_patterns if isinstance(route, URLResolver) else [route])
        if each.name
    }
    assert len(names) > 50
    askers = {asker.name: asker for asker in site.askers("private")}
    for name in sorted(names - {"login", "logout", "jsi18n", "view_on_site", "app_list"}):
        path = next((p for p in _paths(name) if p), "")
        assert path, f"{name}: give its path something to stand for"
        for who in ("anonymous", "owner", "token for admin", "signed URL"):
            assert askers[who].client.get(path).status_code == 302, (name, who)
        status = askers["staff"].client.get(path).status_code
        assert status in {302, 403, 404} or name in {"index", "password_change", "password_change_done"}, (name, status)


def _paths(name: str) -> Iterator[str]:
    for args in ((), ("1",), ("1", "1")):
        try:
            yield reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            continue
