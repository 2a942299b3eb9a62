from datetime import UTC, datetime

import pytest
import requests

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.remote.probing import describe, exists, list_prefix


def test_describe_http_file_tells_size_and_time(file_server):
    (file_server.folder / "a.tif").write_bytes(b"x" * 1000)
    found = describe(f"{file_server.url}/a.tif")
    assert found.size == 1000
    assert found.last_modified is not None
    assert abs((found.last_modified - datetime.now(UTC)).total_seconds()) < 120
    assert found.version
    assert [request.method for request in file_server.requests] == ["HEAD"]


@pytest.mark.parametrize(
    "headers", [{"Last-Modified": "0"}, {"Last-Modified": "yesterday"}, {"Content-Length": "\u00b2"}]
)
def test_describe_http_file_with_odd_headers_goes_without_them(monkeypatch, headers):
    answer = requests.Response()
    answer.status_code = 200
    answer.headers.update(headers)
    monkeypatch.setattr("catalog.remote.probing._request", lambda *_, **__: answer)
    found = describe("http://127.0.0.1/a.tif")
    assert (found.size, found.last_modified) == (None, None)


def test_describe_http_file_that_is_missing_says_so(file_server):
    with pytest.raises(SourceUnreachable, match="nothing at") as caught:
        describe(f"{file_server.url}/none.tif")
    assert caught.value.code == "source_not_found"
    assert not caught.value.transient


def test_describe_server_that_is_down_is_transient(closed_port):
    with pytest.raises(SourceUnreachable, match="could not be reached") as caught:
        describe(f"http://127.0.0.1:{closed_port}/a.tif")
    assert caught.value.transient


def test_describe_redirect_to_a_refused_place_refuses(redirecting_server, settings):
    settings.INGEST_HOSTS = ["127.0.0.1"]
    with pytest.raises(SourceRefused, match=r"169\.254\.169\.254"):
        describe(redirecting_server("http://169.254.169.254/latest/meta-data/"))


def test_describe_endless_redirect_stops(redirecting_server):
    with pytest.raises(SourceUnreachable, match="more than 5 times"):
        describe(redirecting_server(""))


def test_describe_s3_object_tells_its_etag(bucket):
    bucket.put_object(Bucket="imagery", Key="2024/a.tif", Body=b"x" * 77, ContentType="image/tiff")
    found = describe("s3://imagery/2024/a.tif")
    assert (found.size, found.media_type) == (77, "image/tiff")
    assert found.etag == f'"{found.version}"'


def test_describe_s3_object_that_is_missing_says_so(bucket):
    del bucket
    with pytest.raises(SourceUnreachable) as caught:
        describe("s3://imagery/none.tif")
    assert caught.value.code == "source_not_found"


def test_list_prefix_yields_all_pages(bucket):
    for number in range(5):
        bucket.put_object(Bucket="imagery", Key=f"2024/{number}.tif", Body=b"x")
    bucket.put_object(Bucket="imagery", Key="2023/old.tif", Body=b"x")
    assert [entry.href for entry in list_prefix("s3://imagery/2024/")] == [
        f"s3://imagery/2024/{number}.tif" for number in range(5)
    ]


def test_list_prefix_of_no_bucket_says_so(bucket):
    del bucket
    with pytest.raises(SourceUnreachable) as caught:
        list(list_prefix("s3://no-such-bucket/x/"))
    assert caught.value.code == "source_not_found"


def test_exists_tells_what_is_there_from_what_is_not(file_server):
    (file_server.folder / "a.tif").write_bytes(b"x")
    (file_server.folder / "page.html").write_bytes(b"<html>Not found</html>")
    # A page for people, which some servers answer with for everything that they don't have.
    found = [exists(f"{file_server.url}/{name}") for name in ("a.tif", "none.tif", "page.html")]
    assert found == [True, False, False]


def test_exists_of_a_store_that_fails_for_a_moment_is_asked_again(file_server):
    (file_server.folder / "a.tif.msk").write_bytes(b"x")
    file_server.faults["/a.tif.msk"] = [503]
    with pytest.raises(SourceUnreachable) as caught:
        exists(f"{file_server.url}/a.tif.msk")
    assert caught.value.transient
    assert exists(f"{file_server.url}/a.tif.msk")


def test_exists_where_nobody_may_list_is_no(file_server):
    file_server.faults["/a.tif.msk"] = [403, 403]
    assert not exists(f"{file_server.url}/a.tif.msk")


def test_describe_asks_for_the_file_as_it_is(file_server, monkeypatch):
    sent, send = [], requests.Session.request

    def noted(*args, **options):
        sent.append(options["headers"])
        return send(*args, **options)

    monkeypatch.setattr(requests.Session, "request", noted)
    (file_server.folder / "a.tif").write_bytes(b"x")
    describe(f"{file_server.url}/a.tif")
    assert sent == [{"Accept-Encoding": "identity"}]


def test_describe_what_comes_compressed_refuses(bucket):
    bucket.put_object(Bucket="imagery", Key="a.tif", Body=b"pixels", ContentEncoding="gzip")
    with pytest.raises(SourceUnreachable, match="compressed") as refused:
        describe("s3://imagery/a.tif")
    assert refused.value.code == "source_compressed"
    assert not refused.value.transient


def test_describe_server_that_compresses_refuses(monkeypatch):
    response = requests.Response()
    response.status_code, response.headers["Content-Encoding"] = 200, "gzip"
    monkeypatch.setattr("catalog.remote.probing._request", lambda *_, **__: response)
    with pytest.raises(SourceUnreachable, match="compressed"):
        describe("http://127.0.0.1/a.tif")
