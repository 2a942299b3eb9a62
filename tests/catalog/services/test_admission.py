import pytest

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.remote.admission import admit


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.INGEST_ALLOW_PRIVATE = []


@pytest.mark.parametrize(
    "href",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "/vsicurl/http://example.org/a.tif",
        "/vsizip//vsicurl/https://example.org/a.zip/a.tif",
        "<VRTDataset rasterXSize='1'></VRTDataset>",
        "ftp://example.org/a.tif",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "http://",
        "https:///a.tif",
        "http://user:secret@example.org/a.tif",
        "http://example.org:port/a.tif",
        "http://example.org/a b.tif",
        "scene.tif",
        "",
    ],
)
def test_admit_what_is_no_plain_url_refuses(href):
    with pytest.raises(SourceRefused, match="href"):
        admit(href)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[2002:7f00:1::]",
        "[64:ff9b::7f00:1]",
        "2130706433",
        "0x7f.1",
        "127.1",
    ],
)
def test_admit_private_address_refuses(host):
    with pytest.raises(SourceRefused, match="private address"):
        admit(f"http://{host}/a.tif")


def test_admit_unknown_host_is_unreachable():
    with pytest.raises(SourceUnreachable) as caught:
        admit("https://no-such-host.invalid/a.tif")
    assert caught.value.code == "host_unknown"


def test_admit_private_network_that_is_allowed_passes(settings):
    settings.INGEST_ALLOW_PRIVATE = ["127.0.0.0/8"]
    assert admit("http://127.0.0.1:9000/a.tif").hostname == "127.0.0.1"


def test_admit_public_address_passes():
    assert admit("https://8.8.8.8/a.tif").hostname == "8.8.8.8"


def test_admit_host_outside_the_patterns_refuses(settings):
    settings.INGEST_HOSTS = ["*.example.org"]
    with pytest.raises(SourceRefused, match="not one of those"):
        admit("https://8.8.8.8/a.tif")


def test_admit_scheme_switched_off_refuses(settings):
    settings.INGEST_SCHEMES = ["s3"]
    with pytest.raises(SourceRefused, match="s3 are"):
        admit("https://8.8.8.8/a.tif")


def test_admit_bucket_outside_the_patterns_refuses(settings):
    settings.INGEST_BUCKETS = ["imagery-*"]
    assert admit("s3://imagery-2024/a.tif").netloc == "imagery-2024"
    with pytest.raises(SourceRefused, match="bucket"):
        admit("s3://secrets/a.tif")


@pytest.mark.parametrize("entry", ["127.0.0.1:9000", "127.0.0.0/8:9000", "localhost:9000", "127.0.0.1", "localhost"])
def test_admit_private_address_named_with_a_port_admits_that_port(settings, entry):
    settings.INGEST_ALLOW_PRIVATE = [entry]
    host = "localhost" if "localhost" in entry else "127.0.0.1"
    assert admit(f"http://{host}:9000/a.tif").port == 9000
    if ":" not in entry:
        assert admit(f"http://{host}/a.tif").port is None
        return
    for other in (f"http://{host}/a.tif", f"https://{host}/a.tif", f"http://{host}:90/a.tif"):
        with pytest.raises(SourceRefused, match="private"):
            admit(other)


@pytest.mark.parametrize("entry", ["::1", "[::1]:9000", "::/64"])
def test_admit_private_ipv6_address_that_is_named_passes(settings, entry):
    settings.INGEST_ALLOW_PRIVATE = [entry]
    assert admit("http://[::1]:9000/a.tif").hostname == "::1"
