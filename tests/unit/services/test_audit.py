# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log: who did what is entered with the deed itself, found again, and free of secrets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Forbidden, Invalid, SignedOut, TooManyAttempts, WrongPassword
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.audit import AuditAction, AuditField, AuditQuery, AuditView
from helpdesk.core.schemas.notifications import MailChange
from helpdesk.core.schemas.reports import FileNote, LinesQuery, ReportKind, ReportRequest
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    RuleOrder,
    RuleSettings,
    Trigger,
)
from helpdesk.core.schemas.teams import TeamChange, TeamSettings
from helpdesk.core.schemas.ticket_exports import RecordsQuery
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession, Role
from helpdesk.core.text import NAME_LIMIT
from helpdesk.repositories import ticket_pages
from helpdesk.repositories.cursors import encoded
from helpdesk.services.audit_words import changes_of, words_of
from tests.conftest import SettableClock, SignIn
from tests.matrix import HTTP_POSTGRESQL, LOCAL, LOCAL_SQLITE, Bearer
from tests.taking_out import take_out

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)
BOB, DANA = 3, 6
COPYING = (Permission.SEE_ALL_TICKETS, Permission.SEE_OWN_FIGURES, Permission.SEE_AUDIT)
TAKEN_OUT = AuditQuery(actions=(AuditAction.EXPORTED,))


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def newest(dana: HelpDesk, *actions: AuditAction) -> AuditView:
    return dana.audit.search(AuditQuery(actions=actions, limit=1)).items[0]


def test_an_entry_says_who_did_what_when_and_from_where(
    dana: HelpDesk, sign_in: SignIn, clock: SettableClock, desk_kind: str
):
    before = clock()
    take_out(sign_in("bob"), "Open ones")
    entry = newest(dana)
    assert entry.action is AuditAction.EXPORTED
    assert entry.actor is not None
    assert (entry.actor.full_name, entry.actor_name) == ("Bob Keller", "Bob Keller")
    assert (entry.about, entry.about_name) == ("export", "Tickets")
    assert entry.changes == (AuditField(name="Part", before="", after="text: Open ones"),)
    assert before <= entry.at <= clock()
    assert not entry.by_key
    assert entry.source == ("local" if desk_kind in LOCAL else "127.0.0.1")


def entered(dana: HelpDesk) -> list[tuple[str, str]]:
    """Return who took what out, the newest first."""
    found = dana.audit.search(TAKEN_OUT).items
    return [(each.actor_name, " ".join(part.after for part in each.changes)) for each in found]


def test_a_cursor_that_somebody_made_up_is_no_way_around_the_log(
    dana: HelpDesk, sign_in: SignIn, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
):
    alice, bob, frank = sign_in("alice"), sign_in("bob"), sign_in("frank")
    for number in range(5):
        clock.forward(seconds=1)
        alice.tickets.open(NewTicket(subject=f"Number {number}"))
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", 2)
    first = bob.reports.lines(LinesQuery())
    second = bob.reports.lines(LinesQuery(cursor=first.next_cursor))
    assert bob.reports.lines(LinesQuery(cursor=second.next_cursor)).next_cursor is None
    assert entered(dana) == [("Bob Keller", "")], "once for all of its pages"
    # Somebody else goes on where no export of theirs has begun, and with another part.
    frank.reports.lines(LinesQuery(cursor=first.next_cursor))
    frank.ticket_exports.some(RecordsQuery(cursor=first.next_cursor))
    part = TicketQuery(text="Number")
    by_number = encoded((2**40,))
    frank.reports.lines(LinesQuery(query=part, cursor=by_number))
    frank.ticket_exports.some(RecordsQuery(query=part, cursor=by_number))
    assert [each for each in entered(dana) if each[0] != "Bob Keller"] == [
        ("Frank Osei", "text: Number"), ("Frank Osei", ""),
    ]  # fmt: skip
    clock.forward(minutes=61)
    bob.reports.lines(LinesQuery(cursor=first.next_cursor))
    assert entered(dana)[0] == ("Bob Keller", "")
    assert len(entered(dana)) == 4


def test_pages_of_the_log_itself_are_entered_whatever_their_cursor(dana: HelpDesk):
    asked = AuditQuery(actions=(AuditAction.SIGNED_IN,), limit=1, cursor=encoded((2**40,)))
    page = dana.audit.export(asked)
    dana.audit.export(asked.model_copy(update={"cursor": page.next_cursor}))
    assert [part.split(":")[0] for _, part in entered(dana)] == ["actions"]


def test_long_parts_that_begin_alike_are_two_entries(dana: HelpDesk):
    tags = tuple(f"tag-{number:02}".ljust(40, "x") for number in range(10))
    whole, less = TicketQuery(tags=tags), TicketQuery(tags=tags[:-1])
    for query in (whole, less):
        dana.reports.lines(LinesQuery(query=query))
    (_, second), (_, first) = entered(dana)
    assert first != second
    assert first[:150] == second[:150]
    assert max(len(first), len(second)) <= NAME_LIMIT


def test_pages_follow_one_another_while_new_entries_come(dana: HelpDesk):
    for number in range(7):
        take_out(dana, str(number))
    query = TAKEN_OUT.model_copy(update={"limit": 3})
    seen: list[str] = []
    while True:
        page = dana.audit.search(query)
        seen += [each.changes[0].after for each in page.items]
        take_out(dana, "meanwhile")
        if page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert seen == [f"text: {number}" for number in range(6, -1, -1)]


def test_entries_are_found_by_who_what_when_and_names(
    dana: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    take_out(sign_in("bob"), "by Bob")
    clock.forward(hours=2)
    noon = clock()
    clock.forward(hours=2)
    dana.teams.add(TeamSettings(name="Žluté tiskárny", member_ids=(BOB,)))
    take_out(dana, "by Dana")

    def found(**asked: object) -> list[str]:
        entries = dana.audit.search(AuditQuery(**asked)).items
        return [each.about_name for each in entries if each.about in ("team", "export")]

    assert found(actor_id=BOB) == ["Tickets"]
    assert found(actor_id=BOB, actions=(AuditAction.SETTINGS_CHANGED,)) == []
    assert found(since=noon, about="team") == ["Žluté tiskárny"]
    assert found(until=noon) == ["Tickets"]
    assert found(since=noon, until=noon + timedelta(hours=1)) == []
    assert found(text="žluté TISK") == ["Žluté tiskárny"]
    assert found(text="bob") == ["Tickets"]
    assert found(text="iskárny") == []
    assert found(text="100%_") == []
    with pytest.raises(Invalid):
        found(cursor="nonsense")


@pytest.mark.parametrize("role", ["alice", "bob", "charlie"])
def test_only_admins_see_it(sign_in: SignIn, role: str):
    with pytest.raises(Forbidden):
        sign_in(role).audit.search(AuditQuery())


def test_a_window_that_looks_for_entries_keeps_no_idle_session_alive(
    dana: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    half = embedded.settings.security.session_hours / 2
    assert dana.audit.newest() == newest(dana).id
    clock.forward(hours=half)
    dana.audit.newest()
    clock.forward(hours=half, minutes=1)
    with pytest.raises(SignedOut):
        dana.audit.newest()


def test_what_leaves_the_desk_is_entered_whatever_program_asks(
    dana: HelpDesk, embedded: EmbeddedDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        sign_in("alice").tickets.open(NewTicket(subject=f"VPN {number}"))
    made = dana.api_keys.create(NewApiKey(name="Copies", scopes=COPYING))
    key = HelpDesk(Bearer(embedded, made.key))
    monkeypatch.setattr(ticket_pages, "LINES_AT_ONCE", 2)
    first = key.reports.lines(LinesQuery(query=TicketQuery(text="vpn")))
    assert first.next_cursor
    key.reports.lines(LinesQuery(query=TicketQuery(text="vpn"), cursor=first.next_cursor))
    key.reports.make(ReportRequest(kind=ReportKind.SUMMARY))
    page = key.audit.export(AuditQuery(limit=1))
    key.audit.export(AuditQuery(limit=1, cursor=page.next_cursor))
    entries = dana.audit.search(TAKEN_OUT).items
    assert [each.about_name for each in entries] == ["Audit", "Report", "Tickets"]
    assert all(each.by_key for each in entries)
    assert entries[2].changes == (AuditField(name="Part", before="", after="text: vpn"),)


def test_nobody_can_fill_the_log_with_what_they_say_they_took(
    dana: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    with pytest.raises(Forbidden):
        sign_in("alice").reports.note_file(FileNote(detail="the whole audit log"))
    bob = sign_in("bob")
    for _ in range(20):
        bob.reports.note_file(FileNote(detail="Summary, as PDF"))
    with pytest.raises(TooManyAttempts):
        bob.reports.note_file(FileNote(detail="Summary, as PDF"))
    clock.forward(minutes=2)
    bob.reports.note_file(FileNote(detail="Summary, as PDF"))
    assert len(dana.audit.search(TAKEN_OUT).items) == 21


def test_a_key_is_named_with_its_scopes_and_never_shown(dana: HelpDesk, embedded: EmbeddedDesk):
    scopes = (Permission.SEE_ALL_TICKETS, Permission.OWN_ACCOUNT)
    made = dana.api_keys.create(NewApiKey(name="Monitoring", scopes=scopes))
    entry = newest(dana, AuditAction.KEY_MADE)
    told = {each.name: each.after for each in entry.changes}
    assert entry.about_name == "Monitoring"
    assert told == {"Person": "Dana Whitfield", "Scopes": "see all tickets, own account"}
    assert made.key not in entry.model_dump_json()
    take_out(HelpDesk(Bearer(embedded, made.key)), "by the key")
    assert newest(dana, AuditAction.EXPORTED).by_key
    dana.api_keys.revoke(made.view.id)
    dana.api_keys.revoke(made.view.id)
    query = AuditQuery(actions=(AuditAction.KEY_REVOKED,))
    assert [each.about_name for each in dana.audit.search(query).items] == ["Monitoring"]


def test_a_change_of_a_team_tells_what_it_was(dana: HelpDesk):
    made = dana.teams.add(TeamSettings(name="Network", member_ids=(BOB,)))
    changed = TeamChange(name="Networks", member_ids=(BOB, DANA), version=made.version)
    view = dana.teams.change(made.id, changed)
    entry = newest(dana, AuditAction.SETTINGS_CHANGED)
    assert {(each.name, each.before, each.after) for each in entry.changes} == {
        ("Name", "Network", "Networks"),
        ("Members", "Bob Keller", "Bob Keller, Dana Whitfield"),
    }
    # What changes nothing leaves no entry.
    dana.teams.change(made.id, changed.model_copy(update={"version": view.version}))
    assert newest(dana, AuditAction.SETTINGS_CHANGED).id == entry.id


def test_another_order_of_rules_is_told_by_their_names(dana: HelpDesk):
    tell = (Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,)),)
    made = [
        dana.rules.add(RuleSettings(name=name, trigger=Trigger.TIME, actions=tell)).id
        for name in ("First", "Second")
    ]
    known = [each.id for each in dana.rules.all() if each.id not in made]
    dana.rules.arrange(RuleOrder(rule_ids=(*known, *reversed(made))))
    (change,) = newest(dana, AuditAction.SETTINGS_CHANGED).changes
    assert change.before.endswith("First, Second")
    assert change.after.endswith("Second, First")


def test_what_is_refused_leaves_no_entry(dana: HelpDesk):
    take_out(dana, "first")
    before = newest(dana).id
    with pytest.raises(Invalid):
        dana.teams.add(TeamSettings(name="Nobody", calendar_id=999))
    assert newest(dana).id == before


def test_a_stranger_who_tries_passwords_does_not_fill_the_feed(
    dana: HelpDesk, embedded: EmbeddedDesk
):
    seen = dana.tickets.changes("").cursor
    with pytest.raises(WrongPassword):
        embedded.facade().sessions.sign_in(NewSession(username="bob", password="not his"))
    assert newest(dana).action is AuditAction.SIGN_IN_FAILED
    assert dana.tickets.changes("").cursor == seen


def test_a_password_of_mail_is_only_told_to_be_set(dana: HelpDesk, monkeypatch: pytest.MonkeyPatch):
    import keyring

    from tests.keyrings import MemoryKeyring

    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    try:
        dana.channels.change_mail(
            MailChange(
                enabled=True,
                host="mail.example.org",
                username="desk",
                sender="desk@example.org",
                password="canary-5150",
            )
        )
    finally:
        keyring.set_keyring(before)
    entry = newest(dana, AuditAction.SETTINGS_CHANGED)
    told = {each.name: (each.before, each.after) for each in entry.changes}
    assert told["Password"] == ("not set", "set")
    assert told["Host"] == ("", "mail.example.org")
    assert "canary-5150" not in entry.model_dump_json()


# --- words ------------------------------------------------------------------------------------


class Point(BaseModel):
    x: int
    y: int | None = None


@pytest.mark.desk_kinds(LOCAL_SQLITE)
def test_differences_are_told_in_words():
    before = {"name": "A", "on": True, "roles": (Role.ADMIN,), "key": "old", "same": 1}
    after = {"name": "B", "on": False, "roles": (Role.ADMIN, Role.USER), "key": "new", "same": 1}
    assert changes_of(before, after, before, secrets=("key",)) == (
        ("Name", "A", "B"),
        ("On", "yes", "no"),
        ("Roles", "Admin", "Admin, User"),
        ("Key", "set", "set"),
    )
    assert changes_of(None, {"key": "new"}, ("key",), secrets=("key",)) == (
        ("Key", "not set", "set"),
    )
    moment = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)
    assert words_of(moment) == "2026-11-30 14:05 UTC"
    assert words_of(Point(x=1)) == "x 1"
    assert len(words_of("x" * 9_999)) == 500
