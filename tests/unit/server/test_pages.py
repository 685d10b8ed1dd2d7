# SPDX-License-Identifier: GPL-3.0-or-later
"""Health, figures and the description of the API."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from helpdesk.core.api import API_PREFIX
from helpdesk.core.errors import Busy
from helpdesk.core.settings import Settings
from helpdesk.server import health
from tests.servers import running
from tests.unit.server.conftest import token_of, with_server


def test_health_says_no_more_than_needed(anybody):
    assert anybody.get("/health").json() == {"status": "ok"}
    assert anybody.head("/health").status_code == 200


def test_health_is_bad_when_the_database_does_not_answer(embedded, anybody, monkeypatch, caplog):
    def fail(*_arguments: object, **_named: object) -> None:
        raise Busy("Somebody else has it.")

    monkeypatch.setattr(embedded.executor, "execute", fail)
    answer = anybody.get("/health")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert "Somebody else has it." in caplog.text
    monkeypatch.undo()
    assert anybody.get("/health").status_code == 200


def test_health_does_not_wait_for_a_database_that_hangs(embedded, anybody, monkeypatch):
    asked, leave = threading.Semaphore(0), threading.Event()

    def hang(*_arguments: object, **_named: object) -> None:
        asked.release()
        assert leave.wait(30)

    monkeypatch.setattr(embedded.executor, "execute", hang)
    monkeypatch.setattr(health, "_LONGEST_SECONDS", 0.1)
    try:
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda _n: anybody.get("/health").status_code, range(5)))
        assert answers == [503] * 5
        # All of them waited for one look, and nobody else was kept waiting.
        assert asked.acquire(timeout=5)
        assert not asked.acquire(blocking=False)
    finally:
        leave.set()


def test_figures_count_by_operation_and_status(client, anybody):
    alice = client("alice")
    alice.post("/tickets", json={"subject": "x"})
    alice.get("/tickets/99")
    anybody.get("/wp-login.php")
    text = anybody.get("/metrics").text
    assert 'helpdesk_requests_total{operation="tickets.open",status="201"}' in text
    assert 'helpdesk_requests_total{operation="tickets.view",status="404"}' in text
    assert 'helpdesk_requests_total{operation="none",status="404"}' in text
    assert "wp-login" not in text
    assert 'helpdesk_request_seconds_bucket{le="0.1",operation="tickets.open"}' in text
    assert "helpdesk_streams_open 0.0" in text
    assert "helpdesk_database_connections" not in text


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_figures_are_not_for_those_behind_a_proxy(anybody, name):
    assert anybody.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403


def test_figures_are_for_those_who_know_the_token(embedded, settings: Settings):
    with running(embedded, with_server(settings, metrics_token="s3cret")) as server:
        url = f"{server.url}/metrics"
        assert httpx.get(url, trust_env=False).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert httpx.get(url, headers=wrong, trust_env=False).status_code == 401
        right = {"Authorization": "Bearer s3cret", "X-Forwarded-For": "203.0.113.9"}
        assert httpx.get(url, headers=right, trust_env=False).status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json", f"{API_PREFIX}/openapi.json"])
def test_the_description_is_for_admins(anybody, path):
    assert anybody.get(path).status_code == 401
    for username, status in (("alice", 403), ("charlie", 403), ("dana", 200)):
        token = token_of(anybody, username)
        answer = anybody.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert answer.json()["info"]["title"] == "Help Desk API"


def test_the_description_can_be_shown_to_developers(embedded, settings: Settings):
    with running(embedded, with_server(settings, docs=True)) as server:
        page = httpx.get(f"{server.url}/docs", trust_env=False)
        assert page.status_code == 200
        assert "/openapi.json" in page.text
        assert "cdn.jsdelivr.net" in page.headers["content-security-policy"]
        address = f"{server.url}/openapi.json"
        assert httpx.get(address, trust_env=False, timeout=60).status_code == 200
