# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading accounts: by the start of any name, page by page, and the load of each person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.tickets import NewTicket, Status, TicketChange
from helpdesk.core.schemas.users import Leaving, NewUser, Role, UserQuery
from helpdesk.models import User
from helpdesk.repositories.users import UserRepository
from tests.conftest import PEOPLE, SignIn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = (
    "Åsa Öberg", "Émile Zola", "Zoë 100% Sure", "under_score Jones", "back\\slash", "Ivan Иванов",
    "李 小龙",
    "O'Brien; --", "ﬃ ligature", "Anna Maria van der Berg", "anna alder", "😀" * 100,
    "٣ Arabic digit",
)  # fmt: skip


@pytest.fixture
def dana(embedded: EmbeddedDesk, sign_in: SignIn) -> HelpDesk:
    desk = sign_in("dana")
    with embedded.database.writing() as session:
        for number, name in enumerate(NAMES):
            session.add(User.new(f"extra{number}", name, None, Role.USER, NOON))
    return desk


def names(desk: HelpDesk, text: str = "", **filters: object) -> list[str]:
    query = UserQuery(text=text, limit=200, **filters)
    return [user.full_name for user in desk.users.search(query).items]


@pytest.mark.parametrize("limit", [1, 2, 5, 19])
def test_the_pages_together_hold_everybody_once_in_order(dana: HelpDesk, limit: int):
    everybody = names(dana)
    assert len(everybody) == len(PEOPLE) + len(NAMES)
    query, seen = UserQuery(limit=limit), []
    while True:
        page = dana.users.search(query)
        assert len(page.items) <= limit
        seen += [user.full_name for user in page.items]
        if page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert seen == everybody


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("alice", ["Alice Moreau"]),
        ("MOR", ["Alice Moreau"]),
        ("moreau alice", ["Alice Moreau"]),
        ("lice", []),
        ("émile", ["Émile Zola"]),
        ("ива", ["Ivan Иванов"]),
        ("小龙", ["李 小龙"]),
        ("100%", ["Zoë 100% Sure"]),
        ("%", []),
        ("_", []),
        ("under_", ["under_score Jones"]),
        ("underx", []),
        ("back\\", ["back\\slash"]),
        ("o'brien;", ["O'Brien; --"]),
        ("ffi", ["ﬃ ligature"]),
        ("anna", ["anna alder", "Anna Maria van der Berg"]),
        ("ANNA ber", ["Anna Maria van der Berg"]),
        ("dana@corp", ["Dana Whitfield"]),
        ("extra1 ", None),
        ("nobody at all", []),
    ],
)
def test_accounts_are_found_by_the_start_of_any_name(
    dana: HelpDesk, text: str, wanted: list[str] | None
):
    if wanted is None:
        assert len(names(dana, text)) == 4  # extra1, extra10, extra11, extra12
    else:
        assert names(dana, text) == wanted


@pytest.mark.parametrize("text", ['"', "' OR 1=1 --", "\x00", "\ud800", "x" * 200, "a " * 100])
def test_no_sign_is_ever_an_error(dana: HelpDesk, text: str):
    assert len(names(dana, text)) < len(PEOPLE)


def test_accounts_are_filtered_by_role_and_activity(dana: HelpDesk):
    (frank,) = dana.users.search(UserQuery(text="frank")).items
    assert names(dana, roles=(Role.TECHNICIAN, Role.ADMIN)) == [
        "Bob Keller", "Dana Whitfield", "Frank Osei",
    ]  # fmt: skip
    dana.users.deactivate(frank.id, Leaving(version=frank.version))
    assert names(dana, active=False) == ["Frank Osei"]
    assert "Frank Osei" not in names(dana, active=True)


@pytest.mark.parametrize("cursor", ["x", "WyJhXHVkODAwIiwgMV0", "WzEsMV0", "bnVsbA", "é"])
def test_a_made_up_cursor_is_refused(dana: HelpDesk, cursor: str):
    with pytest.raises(Invalid, match="load it again"):
        dana.users.search(UserQuery(cursor=cursor))


def test_only_open_tickets_count_as_load(embedded: EmbeddedDesk, sign_in: SignIn):
    alice, bob = sign_in("alice"), sign_in("bob")
    me = bob.sessions.current().user
    for status in (None, Status.RESOLVED, Status.AWAITING_CUSTOMER):
        ticket = alice.tickets.open(NewTicket(subject="x")).id
        taken = bob.tickets.take(ticket, 1)
        if status:
            bob.tickets.change(ticket, TicketChange(status=status, version=taken.version))
    loads = {person.full_name: person.open_tickets for person in bob.tickets.assignable()}
    assert loads == {"Bob Keller": 2, "Charlie Hart": 0, "Dana Whitfield": 0, "Frank Osei": 0}
    assert bob.sessions.current().user.open_tickets == 2
    assert list(loads) == sorted(loads)
    assert me.open_tickets == 0


def test_a_user_name_is_taken_in_any_case_and_width(embedded: EmbeddedDesk):
    system = embedded.as_system()
    for taken in ("alice", "ALICE", "ａｌｉｃｅ"):
        with pytest.raises(Invalid, match="taken") as caught:
            system.users.add(NewUser(username=taken, full_name="Other"))
        assert caught.value.field == "username"


def test_a_missing_account_is_not_found(embedded: EmbeddedDesk):
    with embedded.database.reading() as session:
        users = UserRepository(session)
        assert users.identity(10**6) is None
        with pytest.raises(NotFound):
            users.get(10**6)
