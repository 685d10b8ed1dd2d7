# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers of OpenID Connect: a real one as a program of its own, and one that misbehaves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.ldap_server import answers, free_port

_LONGEST_SECONDS = 60.0
CLIENT, SECRET = "helpdesk", "canary-client-secret-5519"


class RealProvider:
    """A program that people sign in to, with a page for their name."""

    def __init__(self) -> None:
        """Start it."""
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        until, pause = time.monotonic() + _LONGEST_SECONDS, threading.Event()
        while not answers(port):
            assert self._process.poll() is None, "the provider ended at once"
            assert time.monotonic() < until, "the provider does not listen"
            pause.wait(0.05)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(_LONGEST_SECONDS)

    def set_person(self, subject: str, **claims: object) -> None:
        """Say what the provider tells of somebody."""
        httpx.put(f"{self.issuer}/users/{quote(subject)}", json=claims).raise_for_status()

    def sign_in(self, url: str, subject: str) -> str:
        """Fill in the page as somebody does in a browser; return where it leads them."""
        with httpx.Client() as browser:
            page = browser.get(url)
            assert page.status_code == httpx.codes.OK, page.text
            assert 'name="sub"' in page.text
            answer = browser.post(url, data={"sub": subject})
        assert answer.is_redirect, answer.text
        return answer.headers["location"]


@contextmanager
def real_provider() -> Iterator[RealProvider]:
    """Yield a provider that is ended afterwards."""
    made = RealProvider()
    try:
        yield made
    finally:
        made.stop()


class Misbehaving:
    """A provider that signs whatever it is told to, with whichever key."""

    def __init__(self) -> None:
        """Listen on a port of its own, and behave."""
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False)
        self.shown: list[dict[str, Any]] = [dict(self.key.as_dict(private=False))]
        self.description: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.token: Callable[[dict[str, Any]], str] = self.signed
        self.redirects: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self._begun: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_LONGEST_SECONDS)

    def sign_in(self, url: str) -> str:
        """Return the code that the browser would bring back for a page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self._begun = asked
        return "the-code"

    def signed(self, claims: dict[str, Any]) -> str:
        """Return a token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def usual_claims(self, now: float) -> dict[str, Any]:
        """Return what an ID token for the sign-in that was begun says."""
        return {
            "iss": self.issuer, "aud": self._begun["client_id"], "sub": "s-1",
            "nonce": self._begun["nonce"], "iat": int(now), "exp": int(now) + 300,
            "preferred_username": "olga", "name": "Olga Öst", "email": "olga@corp.example",
            **self.claims,
        }  # fmt: skip

    def _answer(self, path: str, form: dict[str, str] | None) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "response_types_supported": ["code"], **self.description,
            }  # fmt: skip
        if path == "/keys":
            return 200, {"keys": self.shown}
        if path == "/userinfo":
            return 200, self.userinfo
        if path == "/token" and form is not None:
            return self._token(form)
        return 404, {}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.forms.append(form)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        same = form.get("redirect_uri") == self._begun.get("redirect_uri")
        if form.get("code") != "the-code" or challenge != self._begun["code_challenge"] or not same:
            return 400, {"error": "invalid_grant"}
        claims = {
            name: value for name, value in self.usual_claims(self.now).items() if value is not None
        }
        return 200, {
            "access_token": "canary-access", "token_type": "Bearer", "id_token": self.token(claims),
        }  # fmt: skip

    now: float = 0.0

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._reply({name: values[0] for name, values in parse_qs(body).items()})

            def _reply(self, form: dict[str, str] | None) -> None:
                provider.headers.append(dict(self.headers))
                if self.path in provider.redirects:
                    self.send_response(302)
                    self.send_header("Location", provider.redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                status, told = provider._answer(self.path, form)
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    """Yield a provider that is ended afterwards."""
    made = Misbehaving()
    try:
        yield made
    finally:
        made.stop()


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token that nobody has signed."""
    parts = ({"alg": "none"}, claims)
    return ".".join(_part(each) for each in parts) + "."


def signed_by_public_key(provider: Misbehaving) -> Callable[[dict[str, Any]], str]:
    """Return a way to sign that takes the provider's public key for a shared secret."""

    def token(claims: dict[str, Any]) -> str:
        head, body = _part({"alg": "HS256", "kid": "one"}), _part(claims)
        secret = provider.key.as_pem(private=False)
        mac = hmac.new(secret, f"{head}.{body}".encode(), "sha256").digest()
        return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return token


def signed_by_another(claims: dict[str, Any]) -> str:
    """Return a token that somebody else has signed, under the name of the provider's key."""
    other = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other)


def signed_by_secret(claims: dict[str, Any]) -> str:
    """Return a token that is signed by the secret of the desk, as who has stolen it would."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2), algorithms=["HS256"])


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
