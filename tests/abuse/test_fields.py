# SPDX-License-Identifier: GPL-3.0-or-later
"""B04: nothing is set that a request has no field for, and no field is what nobody may set."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import httpx
import pytest
from pydantic import ValidationError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX
from helpdesk.core.operation import Operation
from helpdesk.core.schemas.base import Request
from helpdesk.server.arguments import carrier_of
from helpdesk.server.routes import all_operations
from tests.contract.desks import dump
from tests.unit.server.conftest import Client, client, url

__all__ = ["client", "url"]

MADE_BY_THE_DESK = {
    "created_at", "updated_at", "is_internal", "requester_id", "author_id", "actor_id", "is_admin",
    "permissions", "password_hash", "password_one_time", "token", "token_hash", "totp_secret",
    "secret", "last_step", "confirmed_at", "digest", "external_id", "origin", "last_sign_in_at",
    "role", "user_id", "active", "teams", "team_ids",
}  # fmt: skip
"""What the desk makes itself, and what counts as somebody's right."""
MAY_BE_ASKED_FOR = {
    # An admin gives roles, chooses teams, says for whom a key acts, and tells a provider's secret.
    "role": {"NewUser", "UserChange", "ImportedUser", "GroupRole"},
    "user_id": {"NewApiKey"},
    "teams": {"ImportedUser"},
    # Tickets are looked for by their team.
    "team_ids": {"TeamChoice", "PolicySettings", "PolicyChange", "TicketQuery"},
    # The staff opens tickets on behalf of others, and managers plan them; anybody else is refused.
    "requester_id": {"NewTicket", "TicketDraft", "RecurrenceSettings", "RecurrenceChange"},
    # Tickets of another system keep the times they had there.
    "created_at": {"TicketRecord"},
    "updated_at": {"TicketRecord"},
    "secret": {"SingleSignOnChange"},
    # Rules, policies, schedules, chats and templates can rest; accounts and keys are only looked
    # for by it.
    "active": {
        "UserQuery", "ApiKeyQuery", "RuleSettings", "RuleChange", "PolicySettings", "PolicyChange",
        "ScheduleSettings", "ScheduleChange", "ChatChannelSettings", "ChatChannelChange",
        "FieldChange",
        "TemplateSettings", "TemplateChange",
    },
    "origin": {"UserQuery"},
    "actor_id": {"AuditQuery"},
    # The link of a mail is the proof itself.
    "token": {"LinkedRating", "Token"},
}  # fmt: skip
OPERATIONS = tuple(all_operations())


def requests_in(kind: object) -> Iterator[type[Request]]:
    """Yield what somebody may send there, and all that stands inside of it."""
    if isinstance(kind, type) and issubclass(kind, Request):
        yield kind
        for field in kind.model_fields.values():
            yield from requests_in(field.annotation)
    for part in typing.get_args(kind):
        yield from requests_in(part)


SENDABLE = {
    found
    for operation in OPERATIONS
    for kind in (*operation.parameters.values(), carrier_of(operation))
    for found in requests_in(kind)
}


def test_b04_whatever_is_sent_refuses_what_it_has_no_field_for():
    assert len(SENDABLE) > 80
    for request in SENDABLE:
        for name in (MADE_BY_THE_DESK | {"whatever"}) - request.model_fields.keys():
            with pytest.raises(ValidationError) as refused:
                request.model_validate({name: 1})
            kinds = {error["loc"]: error["type"] for error in refused.value.errors()}
            assert kinds[name,] == "extra_forbidden", request


def test_b04_what_nobody_may_set_is_no_field_of_anything():
    for name in MADE_BY_THE_DESK:
        holders = {each.__name__ for each in SENDABLE if name in each.model_fields}
        assert holders == MAY_BE_ASKED_FOR.get(name, set()), name


def test_b04_over_http_no_operation_takes_a_field_that_it_does_not_have(
    client: Client, embedded: EmbeddedDesk
):
    dana = client("dana")
    before = dump(embedded.database)
    for operation in OPERATIONS:
        answer = _sent(dana, operation, "totp_secret")
        assert answer.status_code == 422, (operation.full_name, answer.text)
        assert answer.json()["code"] == "invalid", operation.full_name
    assert dump(embedded.database) == before


def _sent(sender: httpx.Client, operation: Operation, name: str) -> httpx.Response:
    """Call an operation with one field too many, and nothing else."""
    declaration = operation.declaration
    numbered = dict.fromkeys(operation.parameters, 1)
    path = API_PREFIX + declaration.path.format(**numbered)
    place = str(sender.base_url.join(path))
    if declaration.method in ("GET", "DELETE") or carrier_of(operation) is None:
        return sender.request(declaration.method, place, params={name: "1"})
    return sender.request(declaration.method, place, json={name: 1})
