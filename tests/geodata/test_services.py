"""The services that other tests stand on are what they say."""

import psycopg2
import redis
import requests

from tests.services.postgis import run_postgis


def test_run_postgis_new_cluster_has_postgis():
    with run_postgis() as url:
        connection = psycopg2.connect(url.replace("postgis://", "postgresql://", 1))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION postgis")
                cursor.execute("SELECT ST_AsText(ST_Point(1, 2))")
                assert cursor.fetchone() == ("POINT(1 2)",)
        finally:
            connection.close()


def test_redis_url_new_server_keeps_values(redis_url):
    with redis.from_url(redis_url) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"


def test_object_store_put_object_is_read_back(object_store):
    # Another bucket than that of the `bucket` fixture, which others expect to be empty.
    object_store.client.create_bucket(Bucket="services")
    object_store.client.put_object(Bucket="services", Key="a/b.tif", Body=b"bytes")
    assert object_store.client.get_object(Bucket="services", Key="a/b.tif")["Body"].read() == b"bytes"


def test_file_server_range_is_answered_and_logged(file_server):
    (file_server.folder / "file.bin").write_bytes(bytes(range(100)))
    answer = requests.get(f"{file_server.url}/file.bin", headers={"Range": "bytes=10-19"}, timeout=10)
    assert answer.status_code == 206
    assert answer.content == bytes(range(10, 20))
    assert answer.headers["Content-Range"] == "bytes 10-19/100"
    assert [(request.method, request.range) for request in file_server.requests] == [("GET", "bytes=10-19")]


def test_worker_started_answers_ping(worker):
    from geodata.celery import app

    assert worker.pid
    assert app.control.inspect(timeout=30, limit=1).ping()
