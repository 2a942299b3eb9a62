"""Django's Redis cache, faster for what is asked with every tile, without pickles for tiles, and soon done waiting."""

import time
from typing import Any

import redis
from django.core.cache.backends import redis as django_redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# Seconds in which nobody asks after Redis failed to answer; then one does, and the others if that was answered.
PAUSE_SECONDS = 2.0


class PausingRedis(redis.Redis):
    """A client that, when Redis has failed to answer, fails at once for a while: who asks goes on without a cache."""

    # By the pool's address: both caches have the same Redis, and wait for it once.
    _paused_until: dict[str, float] = {}  # noqa: RUF012  Shared by all is its purpose.

    def execute_command(self, *args: Any, **options: Any) -> Any:
        pool = self.connection_pool.connection_kwargs
        address = f"{pool.get('path', '')}{pool.get('host', '')}:{pool.get('port', '')}"
        now = time.monotonic()
        until = self._paused_until.get(address, 0.0)
        if now < until:
            raise redis.ConnectionError("Redis failed to answer a moment ago")
        if until:
            # Others wait for the answer to this one.
            self._paused_until[address] = now + PAUSE_SECONDS
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (redis.ConnectionError, redis.TimeoutError):
            self._paused_until[address] = time.monotonic() + PAUSE_SECONDS
            raise
        if until:
            self._paused_until.pop(address, None)
        return answer


class KeptClient(django_redis.RedisCacheClient):
    """Django makes a client for every question, which takes longer than the question. Clients are thread-safe: keep.

    ``timeout_seconds`` is how long one answer may take. A connection that was closed is made again once; one that does
    not answer is given up.
    """

    def __init__(self, servers: list[str], *, timeout_seconds: float = 0.3, **options: Any) -> None:
        options |= {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
        # Redis' own library would try thrice, with seconds in between.
        super().__init__(servers, **options, retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)))
        self._client = PausingRedis
        self._clients: dict[int, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:  # noqa: ARG002
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # the stubs lack it
        if id(pool) not in self._clients:
            self._clients[id(pool)] = self._client(connection_pool=pool)
        return self._clients[id(pool)]


class RedisCache(django_redis.RedisCache):
    """Django's, with clients that are kept."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient


class BytesSerializer:
    """For a cache of bytes: what a stranger wrote into Redis is a broken picture at worst, never code."""

    def dumps(self, value: bytes | int) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    def loads(self, data: bytes) -> bytes:
        return data
