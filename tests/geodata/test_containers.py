"""The containers run what ``manage.py serve`` runs, with settings that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from geodata.supervision import programs
from geodata.supervision.child import find_executable
from tests.geodata.test_settings import variables_documented

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}
# Read by AWS' libraries, not by the settings.
READ_BY_LIBRARIES = {"AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
READ_BY_THE_LOADER = {"LD_PRELOAD"}


@pytest.mark.parametrize(
    ("service", "command"),
    [
        ("web", programs.web(host="0.0.0.0", port=8000).command),
        *((queue, programs.worker(queue).command) for queue in programs.WORKERS),
        ("beat", programs.beat(Path("/data/beat-schedule")).command),
    ],
)
def test_compose_service_runs_the_supervisors_command(service, command):
    assert tuple(SERVICES[service]["command"]) == command


def test_compose_redis_keeps_what_ours_keeps():
    ours = programs.REDIS_COMMAND
    theirs = SERVICES["redis"]["command"]
    for option in ("--save", "--appendonly", "--maxmemory", "--maxmemory-policy"):
        assert theirs[theirs.index(option) + 1] == ours[ours.index(option) + 1]


@pytest.mark.parametrize("name", OWN)
def test_compose_own_service_command_exists(name):
    assert find_executable(OWN[name]["command"][0])


@pytest.mark.parametrize("name", OWN)
def test_compose_own_service_sets_only_variables_that_are_read(name):
    known = set(variables_documented()) | READ_BY_LIBRARIES | READ_BY_THE_LOADER
    assert set(OWN[name]["environment"]) <= known
    # What someone may set from outside: ${NAME:-…}.
    passed = set(re.findall(r"\$\{([A-Z_]+)", str(OWN[name]["environment"])))
    assert passed <= known | {"POSTGRES_PASSWORD"}


def test_compose_has_no_password_of_its_own_and_secure_cookies():
    secret = re.compile(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY)([^}]*)\}")
    found = secret.findall((ROOT / "docker-compose.yml").read_text())
    assert {name for name, _ in found} == {
        "SECRET_KEY", "POSTGRES_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    }  # fmt: skip
    assert [rest for _, rest in found if not rest.startswith(":?")] == []
    assert SERVICES["web"]["environment"]["GEODATA_HTTPS_ONLY"] == "${GEODATA_HTTPS_ONLY:-true}"


@pytest.mark.parametrize("name", ["web", *programs.WORKERS])
def test_compose_preloads_the_gate_that_the_image_builds(name):
    library = SERVICES[name]["environment"]["LD_PRELOAD"]
    assert library == "/app/.venv/lib/geodata-gate.so"
    assert library.removeprefix("/app/") in (ROOT / "Dockerfile").read_text()


def test_compose_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_compose_proxy_buffers_and_keeps_public_tiles():
    mounted = SERVICES["proxy"]["volumes"][0].split(":")[0]
    text = re.sub(r"#.*", "", (ROOT / mounted).read_text())
    assert text.count("{") == text.count("}")
    directives = {line.strip() for line in text.splitlines()}
    assert {"proxy_buffering on;", "proxy_request_buffering on;", "proxy_cache tiles;"} <= directives
    # Neither asked of nor written to the cache for who signs in.
    for name in ("proxy_cache_bypass", "proxy_no_cache"):
        assert f"{name} $http_authorization $cookie_sessionid;" in directives
    assert "server web:8000;" in directives
    # A burst asks the site once, nobody waits for a new version, and nothing is kept longer than the site says.
    assert {"proxy_cache_lock on;", "proxy_cache_background_update on;", "proxy_cache_revalidate on;"} <= directives
    assert "proxy_cache_use_stale" not in text
    assert "proxy_ignore_headers" not in text


def test_compose_images_are_pinned():
    images = {service["image"] for service in SERVICES.values()}
    assert not [image for image in images if ":" not in image or image.endswith(":latest")]


def test_compose_services_wait_for_health_that_is_checked():
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], f"{name} waits for {needed}"


def test_dockerfile_ends_as_an_unprivileged_user_running_serve():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER geodata" in lines
    assert lines[-1] == 'CMD ["python", "manage.py", "serve"]'


def test_dockerfile_copies_only_what_the_context_has():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert source.split("/")[0] in kept, line
