"""Ask a starting service whether it is there yet."""

import socket
import urllib.error
import urllib.request

import redis


def redis_answers(url: str) -> bool:
    try:
        with redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def http_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  Our own address.
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
