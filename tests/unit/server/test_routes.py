# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations over HTTP: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import re

import pytest

from helpdesk.core.api import API_PREFIX, IDEMPOTENCY_HEADER
from helpdesk.server.routes import all_operations, operation_id, operation_routes
from tests.unit.server.conftest import token_of

OPERATIONS = list(all_operations())
WITH_SESSION = [each for each in OPERATIONS if each.declaration.permission is not None]


def path_of(operation):
    path = operation.declaration.path.replace("{username}", "alice")
    return re.sub(r"{\w+}", "1", path)


def ticket_of(answer):
    return answer.json() | {"allowed": sorted(answer.json()["allowed"])}


def test_every_operation_has_one_route():
    routes = operation_routes(30.0)
    assert sorted(route.operation_id or "" for route in routes) == sorted(
        map(operation_id, OPERATIONS)
    )
    assert "tickets.open" in map(operation_id, OPERATIONS)
    assert all(route.path.startswith(API_PREFIX + "/") for route in routes)


def test_a_ticket_lives_over_http(client):
    alice, bob = client("alice"), client("bob")
    opened = alice.post("/tickets", json={"subject": "No sound", "priority": "high"})
    assert opened.status_code == 201
    assert opened.headers["content-type"] == "application/json"
    ticket = opened.json()
    assert (ticket["number"], ticket["status"], ticket["priority"]) == ("HD-1", "new", "high")
    said = bob.post("/tickets/1/comments", json={"body": "Which room?", "internal": False})
    assert said.status_code == 201
    assert [each["body"] for each in said.json()["comments"]] == ["Which room?"]
    taken = bob.post("/tickets/1/take", json={"version": said.json()["version"]})
    assert taken.json()["assignee"]["full_name"] == "Bob Keller"
    solved = bob.patch(
        "/tickets/1", json={"status": "resolved", "version": taken.json()["version"]}
    )
    assert solved.json()["status"] == "resolved"
    found = alice.get("/tickets", params={"q": "sound", "statuses": ["resolved", "closed"]})
    assert [row["id"] for row in found.json()["items"]] == [1]
    assert alice.get("/tickets/count", params={"statuses": "new"}).json()["count"] == 0
    assert bob.get("/events", params={"after": ""}).json()["cursor"]


def test_what_answers_nothing_is_204(client):
    alice = client("alice")
    ended = alice.delete("/session")
    assert (ended.status_code, ended.content) == (204, b"")
    assert alice.get("/session").status_code == 401


def test_signing_in_tells_what_is_due(anybody, client):
    created = client("dana").post("/users", json={"username": "zoe", "full_name": "Zoe Quist"})
    assert created.status_code == 201
    wanted = {"username": "zoe", "password": created.json()["password"]}
    due = anybody.post(f"{API_PREFIX}/session", json=wanted)
    assert (due.status_code, due.json()["code"]) == (403, "new_password_due")
    wanted["new_password"] = "a password that is mine"
    assert anybody.post(f"{API_PREFIX}/session", json=wanted).status_code == 201


def test_wrong_passwords_have_to_wait(anybody):
    wanted = {"username": "alice", "password": "wrong"}
    answers = [anybody.post(f"{API_PREFIX}/session", json=wanted) for _ in range(6)]
    assert {each.status_code for each in answers} == {401, 429}
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_attempts"
    assert int(refused.headers["retry-after"]) == refused.json()["retry_after"] > 0
    assert answers[0].headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer nobody",
        "Basic ZGFuYTpwdw==",
        "Bearer a b",
        "Bearer " + "a" * 600,
    ],
    ids=["none", "empty", "bare", "unknown", "basic", "two", "long"],
)
def test_without_a_session_nothing_is_done(anybody, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = set()
    for operation in WITH_SESSION:
        method = operation.declaration.method
        body = {} if method in {"GET", "DELETE"} else {"json": {"version": 1}}
        answer = anybody.request(method, API_PREFIX + path_of(operation), headers=headers, **body)
        assert answer.headers["content-type"] == "application/problem+json"
        # What is wrong with a body or an address may be said before anybody is asked for.
        assert answer.status_code in {401, 422}, operation.full_name
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "signed_out"
            refused.add(operation.full_name)
    assert {"Tickets.search", "Tickets.view", "Tickets.close", "Users.reset_password"} <= refused


def test_a_token_that_claims_to_be_a_jwt_is_none(anybody):
    header = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI2Iiwicm9sZSI6ImFkbWluIn0."
    answer = anybody.get(f"{API_PREFIX}/session", headers={"Authorization": f"Bearer {header}"})
    assert answer.status_code == 401


def test_a_tampered_token_is_none(anybody):
    token = token_of(anybody, "dana")
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), token.upper(), token + "0"):
        if wrong == token:
            continue
        headers = {"Authorization": f"Bearer {wrong}"}
        assert anybody.get(f"{API_PREFIX}/session", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tickets/1", {"version": 1, "user_id": 2}),
        ("/tickets/1", {"version": 1, "created_at": "2020-01-01T00:00:00Z"}),
        ("/tickets/1", {"version": 1, "is_internal": True}),
        ("/tickets/1", {"version": 1, "requester_id": 2}),
        ("/users/1", {"version": 1, "totp_secret": "A"}),
        ("/users/1", {"version": 1, "password_hash": "A"}),
        ("/users/1", {"version": 1, "active": False}),
        ("/users/1", {"version": 1, "whatever": None}),
    ],
)
def test_b04_fields_that_nobody_may_set_are_refused(client, path, body):
    dana = client("dana")
    dana.post("/tickets", json={"subject": "Mine"})
    before = dana.get(path).json()
    answer = dana.patch(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert dana.get(path).json() == before


def test_b04_nobody_raises_their_own_role(client):
    for username in ("alice", "bob", "charlie"):
        own = client(username)
        me = own.get("/session").json()["user"]
        change = {"role": "admin", "version": me["version"]}
        assert own.patch(f"/users/{me['id']}", json=change).status_code == 403
        assert own.get("/session").json()["user"]["role"] == me["role"]


SQL = "x' OR 1=1; DROP TABLE ticket;--"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"q": SQL}, 200),
        ({"q": '" AND ('}, 200),
        ({"sort": "id;--"}, 422),
        ({"sort": SQL}, 422),
        ({"statuses": SQL}, 422),
        ({"category_ids": "1 OR 1=1"}, 422),
        ({"assignee_ids": "0"}, 422),
        ({"assignee_ids": str(2**63)}, 422),
        ({"limit": "-1"}, 422),
        ({"limit": "0"}, 422),
        ({"limit": str(10**9)}, 422),
        ({"limit": "ten"}, 422),
        ({"limit": ""}, 422),
        ({"limit": ["10", "20"]}, 422),
        ({"created_after": "yesterday"}, 422),
        ({"created_after": "2026-01-01T00:00:00"}, 422),
        ({"unassigned": "perhaps"}, 422),
        ({"text": "by the wrong name"}, 422),
        ({"colour": "red"}, 422),
        ({SQL: "1"}, 422),
    ],
    ids=str,
)
def test_c01_odd_parameters_are_literal_or_refused(client, parameters, status):
    alice = client("alice")
    alice.post("/tickets", json={"subject": "Still here"})
    answer = alice.get("/tickets", params=parameters)
    assert answer.status_code == status
    assert SQL not in answer.text
    assert alice.get("/tickets").json()["items"][0]["subject"] == "Still here"


def test_c01_at_most_200_rows_come_at_once(client):
    assert client("bob").get("/tickets", params={"limit": 200}).status_code == 200
    refused = client("bob").get("/tickets", params={"limit": 201})
    assert refused.json()["detail"] == "The page size may be at most 200."
    assert refused.json()["field"] == "limit"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"1", b"\xff\xfe{}", b"{}{}"],
    ids=repr,
)
def test_a_body_that_is_no_object_cannot_be_read(client, body):
    answer = client("alice").post(
        "/tickets", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_only_json_is_taken(client, kind):
    answer = client("alice").post(
        "/tickets", content=b'{"subject": "x"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 400
    assert "application/json" in answer.json()["detail"]


def test_types_are_taken_at_their_word(client):
    alice = client("alice")
    for body in ({"subject": 5}, {"subject": "x", "category_id": "1"}, {"subject": ["x"]}):
        assert alice.post("/tickets", json=body).status_code == 422
    assert alice.post("/tickets/1/close", json={"version": True}).status_code == 422
    assert alice.post("/tickets/1/close", json={}).json()["field"] == "version"


def test_what_was_sent_is_not_repeated(anybody):
    secret = "hunter2-hunter2-hunter2"
    for body in (
        {"username": "x" * 300, "password": secret},
        {"username": "alice", "password": [secret]},
        {"username": "alice", "password": "x", secret: 1},
        {"username": "alice", "password": "x", secret * 50: 1},
    ):
        answer = anybody.post(f"{API_PREFIX}/session", json=body)
        assert answer.status_code == 422
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("zero\u200bwidth \u202eright to left", 201),
        ("Z" + "\u0301" * 1000, 201),
        ("emoji \U0001f600 and 漢字", 201),
    ],
)
def test_c05_any_storable_text_comes_back(client, text, status):
    alice = client("alice")
    answer = alice.post("/tickets", json={"subject": "x", "description": text})
    assert answer.status_code == status
    assert alice.get("/tickets/1").json()["description"] == text


@pytest.mark.parametrize(
    "body",
    [rb'{"subject": "a\u0000b"}', rb'{"subject": "\ud800"}', rb'{"subject": "\udc00x"}'],
    ids=repr,
)
def test_c05_text_that_cannot_be_stored_is_refused(client, body):
    answer = client("alice").post(
        "/tickets", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_an_escaped_backslash_is_no_nul(client):
    body = rb'{"subject": "C:\\u0000"}'
    answer = client("alice").post(
        "/tickets", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.json()["subject"] == r"C:\u0000"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/tickets?text=x", "text"),
        ("/tickets?sort=newest&colour=red", "colour"),
        ("/tickets?<b>=x", None),
        ("/tickets?colour%20of%20it=x", None),
        ("/tickets/1?colour=red", "colour"),
        ("/tickets/1?Colour=red", None),
    ],
)
def test_an_unknown_parameter_is_named_as_an_unknown_field_is(client, address, field):
    refused = client("alice").get(address)
    assert refused.status_code == 422
    assert refused.json().get("field") == field
    assert "cannot be set here." in refused.json()["detail"]
    assert "<b>" not in refused.text


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "q=%FF", "%00=1"])
def test_c05_an_address_that_cannot_be_stored_is_refused(client, query):
    assert client("alice").get(f"/tickets?{query}").status_code == 422


@pytest.mark.parametrize("number", ["0", str(2**63), str(10**40), "abc", "1.5", "-1"])
def test_an_id_that_cannot_be_is_not_found(client, number):
    for path in (f"/tickets/{number}", f"/tickets/{number}/comments?before=1"):
        answer = client("bob").get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_number_that_fits_into_no_database_is_refused(client):
    bob = client("bob")
    bob.post("/tickets", json={"subject": "x"})
    assert bob.get("/tickets/1/comments", params={"before": 2**63}).status_code == 422
    assert bob.post("/tickets/1/take", json={"version": 2**64}).status_code == 422


def test_wrong_method_names_the_right_ones(anybody):
    answer = anybody.put(f"{API_PREFIX}/tickets")
    assert (answer.status_code, answer.json()["code"]) == (405, "wrong_method")
    assert answer.headers["allow"] == "GET, POST"
    assert anybody.patch(f"{API_PREFIX}/tickets/count").headers["allow"] == "GET"
    assert anybody.post("/health").status_code == 405


@pytest.mark.parametrize("path", ["/", "/api", "/api/v2/tickets", "/api/v1/tickets/", "/docs"])
def test_unknown_addresses_are_not_found(anybody, path):
    answer = anybody.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_repeated_call_is_done_once(client):
    alice = client("alice")
    again = {IDEMPOTENCY_HEADER: "b9f1d0c2"}
    first = alice.post("/tickets", json={"subject": "Once"}, headers=again)
    second = alice.post("/tickets", json={"subject": "Once"}, headers=again)
    assert first.status_code == second.status_code == 201
    assert ticket_of(first) == ticket_of(second)
    other = alice.post("/tickets", json={"subject": "Other"}, headers=again)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert alice.get("/tickets/count").json()["count"] == 1
    wrong = alice.post("/tickets", json={"subject": "x"}, headers={IDEMPOTENCY_HEADER: "a" * 201})
    assert wrong.status_code == 422


def test_a_stale_version_answers_with_the_present_state(client):
    bob, frank = client("bob"), client("frank")
    version = bob.post("/tickets", json={"subject": "x"}).json()["version"]
    bob.patch("/tickets/1", json={"priority": "urgent", "version": version})
    late = frank.patch("/tickets/1", json={"priority": "low", "version": version})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert late.json()["current"]["priority"] == "urgent"


def test_what_only_the_owner_of_the_file_may_do_is_refused(client):
    answer = client("dana").put("/users/1/password", json={"password": "x" * 20})
    assert answer.status_code == 403


def test_where_the_desk_lies_is_not_told(anybody, folder):
    info = anybody.get(f"{API_PREFIX}/desk")
    assert info.status_code == 200
    assert str(folder.path) not in info.text
