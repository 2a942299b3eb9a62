"""``.env.example`` says what the settings read: every variable, its type, its default."""

import ast
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from geodata.checks import check_variables
from geodata.settings.databases import SOCKET_PATH_MAX_BYTES, caches, check_buckets, database, redis_socket, storage
from geodata.settings.environment import RATE, Environment, make_folder

ROOT = Path(__file__).parents[2]
PLACES = ("base", "embedded", "production")
# Read before Django's settings are, or by AWS' libraries.
READ_ELSEWHERE = {"DJANGO_SETTINGS_MODULE"}


@dataclass(frozen=True, kw_only=True)
class Variable:
    type: str
    default: str | None  # None where it depends on something.


def variables_read() -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for place in PLACES:
        tree = ast.parse((ROOT / "geodata" / "settings" / f"{place}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_env(node.func.value):
                name = ast.literal_eval(node.args[0])
                default = next((_literal(word.value) for word in node.keywords if word.arg == "default"), None)
                found.setdefault(name, Variable(type=node.func.attr, default=default))
    return found


def _is_env(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def _literal(node: ast.expr) -> str | None:
    """Return a default as one writes it in the environment; None when it is computed from something else."""
    try:
        value = eval(compile(ast.Expression(node), "default", "eval"), {"__builtins__": {}})
    except NameError:
        return None
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def variables_documented() -> dict[str, Variable]:
    pattern = re.compile(r"^# ([A-Z_]+) \((\w+); ([^)]*)\): \S", re.MULTILINE)
    text = (ROOT / ".env.example").read_text()
    return {name: Variable(type=kind, default=default) for name, kind, default in pattern.findall(text)}


def test_env_example_names_every_variable_and_no_other():
    assert set(variables_documented()) - READ_ELSEWHERE == set(variables_read())


@pytest.mark.parametrize("name", variables_read())
def test_env_example_type_and_default_are_the_settings(name):
    read, documented = variables_read()[name], variables_documented()[name]
    assert documented.type == read.type
    if read.default:
        assert documented.default == read.default


def test_env_example_each_variable_has_a_line_to_uncomment():
    lines = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert lines == list(variables_documented())


def run_python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "geodata.settings.production",
    "SECRET_KEY": "".join(map(chr, range(48, 122))),
    "DATABASE_URL": "postgis://u:p@127.0.0.1:1/n",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "GEODATA_STORAGE_URL": "s3://bucket/files",
    "ALLOWED_HOSTS": "imagery.example.org",
}


def test_production_passes_the_checks_of_a_deployment():
    code = (
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )
    provider = {"GEODATA_OIDC_ISSUER": "https://id.example.org", "GEODATA_OIDC_CLIENT_ID": "a"}
    done = run_python(code, **PRODUCTION, **provider, GEODATA_OIDC_CLIENT_SECRET="b")
    assert done.returncode == 0, done.stderr
    # One setting for a site that is reached by plain HTTP, on this machine.
    plain = run_python(
        "import django; django.setup(); from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)",
        **PRODUCTION,
        GEODATA_HTTPS_ONLY="false",
    )
    assert plain.stdout.split() == ["False"] * 3, plain.stderr


@pytest.mark.parametrize(
    ("missing", "example"),
    [
        ("SECRET_KEY", "openssl rand -hex 32"),
        ("DATABASE_URL", "postgis://user:password@host/name"),
        ("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("GEODATA_STORAGE_URL", "s3://bucket/files"),
    ],
)
def test_production_without_a_required_variable_refuses_to_start(missing, example):
    environment = {
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": "postgis://u:p@h/n",
        "REDIS_URL": "redis://h/0",
        "GEODATA_STORAGE_URL": "s3://bucket",
    }
    environment.pop(missing)
    answer = run_python("import geodata.settings.production", **environment)
    assert answer.returncode == 1
    assert f"Set the {missing} environment variable" in answer.stderr
    assert example in answer.stderr


def test_embedded_folder_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        ImproperlyConfigured, match=r"GEODATA_DATA_DIR is '.+/file/data': it is a folder .+, such as /var"
    ):
        make_folder("GEODATA_DATA_DIR", tmp_path / "file" / "data")


def test_embedded_secret_is_made_once_and_private(tmp_path):
    code = "from geodata.settings import embedded; print(embedded.SECRET_KEY)"
    first, second = (run_python(code, GEODATA_DATA_DIR=str(tmp_path)) for _ in range(2))
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) > 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_redis_socket_short_folder_is_inside():
    assert redis_socket(Path("/srv/geodata")) == Path("/srv/geodata/redis.sock")


def test_redis_socket_long_folder_is_short_and_its_own():
    one, other = (redis_socket(Path("/srv") / (letter * 120)) for letter in "ab")
    assert one != other
    assert len(os.fsencode(one)) <= SOCKET_PATH_MAX_BYTES


def test_database_postgis_url_gives_every_part():
    config = database("postgis://user:p%40ss@db.example.org:5433/imagery")
    assert config["ENGINE"] == "django.contrib.gis.db.backends.postgis"
    assert [config[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("user", "p@ss", "db.example.org", 5433, "imagery")
    ]


def test_storage_s3_url_has_bucket_and_prefix():
    options = storage("s3://bucket/some/prefix")["OPTIONS"]
    assert (options["bucket_name"], options["location"]) == ("bucket", "some/prefix")
    assert options["file_overwrite"] is False


def test_storage_unknown_scheme_is_refused_by_name():
    with pytest.raises(ValueError, match="GEODATA_STORAGE_URL is 'ftp://host': it begins with file:// or s3://"):
        storage("ftp://host")


def test_caches_two_uses_never_share_a_key():
    assert {config["KEY_PREFIX"] for config in caches("redis://host/0").values()} == {
        "geodata-default",
        "geodata-tiles",
    }


def test_own_secret_of_processes_that_start_together_is_one(tmp_path):
    # Writing takes its time, so that the others come while the file is there and has nothing in it.
    code = (
        "import pathlib, time; write = pathlib.Path.write_text;"
        "pathlib.Path.write_text = lambda *args: time.sleep(1) or write(*args);"
        "from geodata.settings import embedded; print(embedded.SECRET_KEY)"
    )
    environment = {**os.environ, "GEODATA_DATA_DIR": str(tmp_path), "SECRET_KEY": ""}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) for _ in range(2)
    ]
    secrets = {child.communicate()[0].strip() for child in started}
    assert len(secrets) == 1
    assert len(secrets.pop()) > 50
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize(
    ("buckets", "endpoint", "signed", "refused"),
    [
        (["*"], "", True, True),
        (["imagery-*", "*"], "https://storage.example.org", True, True),
        (["*"], "", False, False),
        (["imagery-*"], "", True, False),
        (["*"], "http://127.0.0.1:9000", True, False),
    ],
)
def test_every_bucket_is_refused_with_keys(buckets, endpoint, signed, refused):
    with pytest.raises(ImproperlyConfigured, match="Name the buckets") if refused else nullcontext():
        check_buckets(buckets, endpoint_url=endpoint, signed=signed)


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("PORT=http", "PORT is 'http': it is a whole number from 1 to 65535, such as 8000"),
        ("PORT=70000", "PORT is '70000': it is a whole number from 1 to 65535, such as 8000"),
        ("DEBUG=perhaps", "DEBUG is 'perhaps': it is true or false"),
        ("GEODATA_WEB_SILENCE_SECONDS=nan", "GEODATA_WEB_SILENCE_SECONDS is 'nan': it is a number from 1, such as 8.0"),
        ("GEODATA_DOWNLOADS=apache", "GEODATA_DOWNLOADS is 'apache': it is one of stream, nginx, presigned"),
        (
            "GEODATA_THROTTLE_TILES=much",
            (
                "GEODATA_THROTTLE_TILES is 'much': it is a number, a slash and second, minute, hour or day; or "
                "nothing, such as 6000/minute"
            ),
        ),
        (
            "DATABASE_URL=mysql://me:secret@host/name",
            (
                "DATABASE_URL is 'mysql://…@host/name': it is spatialite:/// and a path, or postgis://, such as "
                "postgis://user:password@host/name"
            ),
        ),
        (
            "GEODATA_INGEST_ALLOW_PRIVATE=host,10.0.0.0/99",
            "GEODATA_INGEST_ALLOW_PRIVATE has '10.0.0.0/99': a network is written like 10.1.0.0/16",
        ),
    ],
)
def test_variable_that_makes_no_sense_is_refused_by_one_sentence(variable, sentence, tmp_path):
    name, _, value = variable.partition("=")
    environment = {"PATH": os.environ["PATH"], "GEODATA_DATA_DIR": str(tmp_path), name: value}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"This site can't start. {sentence}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("GEODATA_THROTTLE_TILES", ""), ("PORT", 8000), ("DEBUG", False), ("GEODATA_INGEST_HOSTS", [])],
)
def test_empty_number_is_as_not_set_empty_text_and_list_are_empty(name, expected, monkeypatch):
    monkeypatch.setenv(name, "")
    env = Environment(ROOT / "no such file")
    found = {
        "GEODATA_THROTTLE_TILES": lambda: env.str(name, default="6000/minute", form=RATE),
        "PORT": lambda: env.int(name, default=8000),
        "DEBUG": lambda: env.bool(name, default=False),
        "GEODATA_INGEST_HOSTS": lambda: env.list(name, default=["*"]),
    }[name]()
    assert found == expected


def test_variable_that_nothing_reads_is_told_with_the_likely_one(monkeypatch):
    monkeypatch.setenv("GEODATA_INGEST_PROCESES", "3")
    told = [f"{message.msg} {message.hint}" for message in check_variables()]
    assert told == ["GEODATA_INGEST_PROCESES is set, and nothing reads it. Did you mean GEODATA_INGEST_PROCESSES?"]
