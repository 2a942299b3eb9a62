"""Runs an OpenID provider on loopback, which signs in whoever the test says: discovery, codes with PKCE, tokens."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "geodata", "secret of geodata"


@dataclass
class OpenIdProvider:
    """Say who signs in next: claims of userinfo, and others of the ID token where they differ."""

    url: str
    person: dict[str, Any] = field(default_factory=dict)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    # Of authorization codes: what was asked with them.
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    # What goes wrong: "denied", "garbage", "other_client", "expired".
    fault: str = ""

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def jwks(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "only", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent: back, with a code."""
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        if self.fault == "denied":
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], *, client: tuple[str, str]) -> dict[str, Any] | None:
        """Return tokens for a code, once; None where the client, the code or the proof of who asked for it is wrong."""
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            client != (CLIENT_ID, CLIENT_SECRET)
            or asked is None
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != challenge.decode().rstrip("=")
        ):
            return None
        access_token = secrets.token_urlsafe(16)
        self.tokens[access_token] = self.person
        now = int(time.time()) - (10_000 if self.fault == "expired" else 0)
        claims = {
            "iss": self.url,
            "aud": "somebody-else" if self.fault == "other_client" else CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            **self.person,
            **self.id_token_claims,
        }
        id_token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "only"})
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}


def _handler(provider: OpenIdProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._say(provider.discovery())
            elif parts.path == "/jwks":
                self._say(provider.jwks())
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            else:
                found = provider.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
                self._say(found or {"error": "invalid_token"}, status=200 if found else 401)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            basic = base64.b64decode(self.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
            name, _, secret = basic.partition(":")
            found = provider.token(form, client=(unquote(name), unquote(secret)))
            self._say(found or {"error": "invalid_grant"}, status=200 if found else 400)

        def _say(self, document: dict[str, Any], *, status: int = 200) -> None:
            content = b"<html>" if provider.fault == "garbage" else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def run_openid_provider() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider(url="")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
