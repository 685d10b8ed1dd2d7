# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request passes, and what is said when something goes wrong."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import httpx
import pytest

from helpdesk.core.api import API_PREFIX, LEVEL_HEADER
from helpdesk.core.errors import Busy, Damaged, ReadOnly
from helpdesk.core.settings import Settings
from helpdesk.server import gate
from helpdesk.server.gate import LONGEST_ADDRESS
from tests.servers import running
from tests.unit.server.conftest import with_server

DESK = f"{API_PREFIX}/desk"


def raising(error: BaseException):
    """Return an executor that meets a fault in every call."""

    def execute(*_arguments: object, **_named: object) -> None:
        raise error

    return execute


@pytest.mark.parametrize("path", [DESK, "/health", "/nowhere", f"{API_PREFIX}/tickets", "/metrics"])
def test_every_answer_has_the_headers_that_protect(anybody, path):
    headers = anybody.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers[LEVEL_HEADER] == "1"
    for name in (
        "server",
        "access-control-allow-origin",
        "strict-transport-security",
        "set-cookie",
    ):
        assert name not in headers


def test_no_other_site_may_call(anybody):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = anybody.options(f"{API_PREFIX}/session", headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_g05_a_fault_is_known_by_its_number_alone(embedded, anybody, monkeypatch, caplog):
    monkeypatch.setattr(embedded.executor, "execute", raising(ZeroDivisionError("the secret")))
    answer = anybody.get(DESK)
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "secret" not in answer.text
    assert "Zero" not in answer.text
    number = re.search(r"number: ([0-9a-f]{8})\.", answer.json()["detail"])
    assert number
    assert number.group(1) in caplog.text
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert anybody.get(DESK).status_code == 200


def test_g05_a_fault_of_the_database_names_no_file(embedded, anybody, monkeypatch, caplog):
    monkeypatch.setattr(embedded.executor, "execute", raising(Damaged("/srv/desk.db is broken.")))
    answer = anybody.get(DESK)
    assert (answer.status_code, answer.json()["code"]) == (500, "damaged")
    assert "/srv" not in answer.text
    assert "/srv/desk.db" in caplog.text


def test_a_desk_that_can_only_be_read_says_so(embedded, anybody, monkeypatch):
    monkeypatch.setattr(embedded.executor, "execute", raising(ReadOnly("Only for reading.")))
    assert anybody.get(DESK).json()["detail"] == "Only for reading."


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect", "/openapi.json"])
def test_g05_the_description_is_not_for_strangers(anybody, path):
    assert anybody.get(path).status_code in {401, 404}


@pytest.mark.parametrize(
    ("level", "status", "code"),
    [("1", 200, None), ("99", 200, None), ("x", 422, "invalid"), ("-1", 422, "invalid"),
     ("9" * 30, 422, "invalid"), ("0", 426, "newer_server"), ("", 422, "invalid")],
)  # fmt: skip
def test_a_program_that_is_too_old_is_told(anybody, level, status, code):
    answer = anybody.get(DESK, headers={LEVEL_HEADER: level})
    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_an_address_that_is_too_long_is_refused(anybody):
    answer = anybody.get(f"{API_PREFIX}/tickets", params={"q": "x" * LONGEST_ADDRESS})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_too_many_parameters_are_refused(client):
    answer = client("alice").get("/tickets?" + "&".join(["statuses=new"] * 600))
    assert answer.status_code == 400
    assert client("alice").get("/tickets?" + "&".join(["category_ids=1"] * 101)).status_code == 422


def test_headers_that_contradict_each_other_are_refused(client):
    dana = client("dana")
    token = dana.headers["Authorization"]
    two = [("Authorization", token), ("Authorization", token)]
    answer = httpx.get(str(dana.base_url) + "session", headers=two, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_an_address_with_nul_is_refused(anybody):
    assert anybody.get(f"{API_PREFIX}/users/named/a%00b").status_code == 422


def test_requests_beyond_the_limit_come_back_later(embedded, settings: Settings, monkeypatch):
    entered, leave = threading.Semaphore(0), threading.Event()
    execute = embedded.executor.execute

    def slow(*arguments: object, **named: object) -> object:
        entered.release()
        assert leave.wait(30)
        return execute(*arguments, **named)

    monkeypatch.setattr(embedded.executor, "execute", slow)
    with running(embedded, with_server(settings, requests_at_once=2)) as server:
        with ThreadPoolExecutor(2) as pool:
            url = server.url + DESK
            waiting = [pool.submit(httpx.get, url, trust_env=False) for _ in range(2)]
            for _ in waiting:
                assert entered.acquire(timeout=30)
            refused = httpx.get(url, trust_env=False)
            leave.set()
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert refused.headers["retry-after"] == "1"
        assert [each.result().status_code for each in waiting] == [200, 200]
        assert httpx.get(url, trust_env=False).status_code == 200


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def test_forwarded_headers_of_strangers_are_ignored(anybody):
    answer = anybody.get(DESK, headers=FORWARDED)
    assert "strict-transport-security" not in answer.headers


def test_forwarded_headers_of_the_proxy_are_believed(embedded, settings: Settings):
    proxied = with_server(settings, trusted_proxies=(ip_network("127.0.0.1/32"),))
    with running(embedded, proxied) as server:
        answer = httpx.get(server.url + DESK, headers=FORWARDED, trust_env=False)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_busy_says_when_to_come_back(embedded, anybody, monkeypatch):
    monkeypatch.setattr(embedded.executor, "execute", raising(Busy("Later.", retry_after=3)))
    answer = anybody.get(DESK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")


def test_numbers_of_faults_differ():
    assert len({gate._number() for _ in range(100)}) == 100  # noqa: SLF001
