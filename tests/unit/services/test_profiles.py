# SPDX-License-Identifier: GPL-3.0-or-later
"""What people keep of themselves: theirs alone, told where it must be, in force at once (A09)."""

from __future__ import annotations

import base64
import json

import pytest
from sqlalchemy import select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Forbidden, Invalid, SignedOut, TooManyAttempts
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.accounts import (
    Density,
    EmailChange,
    NewPicture,
    ProfileChange,
    Theme,
)
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import AccountOrigin, NewSession, UserQuery
from helpdesk.models import AuditEntry, NotificationSetting, User
from helpdesk.repositories.audit import AuditRepository
from helpdesk.services.audit_trail import About, AuditTrail
from helpdesk.services.delivering import Delivering
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import id_of
from tests.outboxes import rows, use_mail
from tests.smtp_server import mail_server
from tests.unit.services.test_pictures import PNG, in_text

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")
NEW = EmailChange(email="bob@home.example", password=PASSWORD)


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


def left(embedded: EmbeddedDesk) -> list[tuple[str, str, list[list[str]]]]:
    """Return what the audit log says was done to accounts."""
    with embedded.database.reading() as session:
        found = session.execute(select(AuditEntry).order_by(AuditEntry.id)).scalars()
        return [
            (row.action.value, row.about_name, json.loads(row.changes))
            for row in found
            if row.action.value in ("user_changed", "sessions_ended")
        ]


def come_from_elsewhere(embedded: EmbeddedDesk, username: str) -> None:
    with embedded.database.writing() as session:
        known = update(User).where(User.username == username)
        session.execute(known.values(origin=AccountOrigin.LDAP, external_id="7"))


def test_who_has_changed_nothing_has_the_usual_and_what_is_changed_stays(
    embedded: EmbeddedDesk, bob: HelpDesk, sign_in: SignIn
):
    usual = bob.profiles.own()
    assert (usual.full_name, usual.username, usual.email) == (
        "Bob Keller",
        "bob",
        "bob@corp.example",
    )
    assert (usual.theme, usual.density, usual.language) == (None, None, "en")
    assert not usual.has_picture
    assert (usual.lock_minutes, usual.longest_lock_minutes) == (0, 0)
    change = ProfileChange(
        full_name="Bob Keller-Ito", time_zone="Europe/Berlin", language="en-GB",
        theme=Theme.DARK, density=Density.COMPACT, lock_minutes=10,
    )  # fmt: skip
    changed = bob.profiles.change(change)
    assert changed == bob.profiles.own()
    assert changed.model_dump(include=set(ProfileChange.model_fields)) == (change.model_dump())
    # The zone is kept in one place: quiet hours and digest go by it, too.
    assert bob.notifications.preferences().time_zone == "Europe/Berlin"
    with embedded.database.reading() as session:
        kept = session.get(NotificationSetting, id_of(bob))
        assert kept is not None
        assert kept.time_zone == "Europe/Berlin"
    (found,) = sign_in("dana").users.search(UserQuery(text="keller-ito")).items
    assert found.version > 1
    assert left(embedded) == [
        ("user_changed", "Bob Keller-Ito", [["name", "Bob Keller", "Bob Keller-Ito"]])
    ]
    alice = sign_in("alice")
    # Who has a profile for another reason has not chosen a theme by that.
    assert alice.profiles.change(ProfileChange(lock_minutes=5)).theme is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ProfileChange(language="fr"), "language"),
        (ProfileChange(time_zone="Europe/Atlantis"), "time_zone"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_entered(
    bob: HelpDesk, change: ProfileChange, field: str
):
    before = bob.profiles.own()
    with pytest.raises(Invalid) as refused:
        bob.profiles.change(change)
    assert refused.value.field == field
    assert bob.profiles.own() == before


def test_a_window_waits_no_longer_than_admins_allow(bob: HelpDesk, sign_in: SignIn):
    bob.profiles.change(ProfileChange(lock_minutes=45))
    sign_in("dana").security.change(SecurityChange(lock_minutes=30))
    own = bob.profiles.own()
    assert (own.lock_minutes, own.longest_lock_minutes) == (30, 30)
    with pytest.raises(Invalid, match="30 minutes"):
        bob.profiles.change(ProfileChange(lock_minutes=31))
    assert bob.profiles.change(ProfileChange(lock_minutes=5)).lock_minutes == 5
    # Who has chosen nothing gets what is allowed.
    assert sign_in("alice").profiles.own().lock_minutes == 30


def test_another_address_needs_the_password_and_the_old_one_is_told(
    embedded: EmbeddedDesk, bob: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    elsewhere = sign_in("bob")
    with mail_server() as server:
        use_mail(embedded.database, server.port)
        with pytest.raises(Invalid) as refused:
            bob.profiles.change_email(EmailChange(email=NEW.email, password="wrong"))
        assert refused.value.field == "password"
        assert not rows(embedded.database)
        assert bob.profiles.change_email(NEW).email == "bob@home.example"
        with pytest.raises(SignedOut):
            elsewhere.sessions.current()
        assert bob.sessions.current().user.email == "bob@home.example"
        assert Delivering(embedded.database, embedded.settings, clock()).run() == 1
        (mail,) = server.received
    assert mail.to == ("bob@corp.example",)
    assert b"bob@home.example" not in mail.data
    assert left(embedded) == [
        (
            "user_changed",
            "Bob Keller",
            [["e-mail address", "bob@corp.example", "bob@home.example"]],
        )
    ]


def test_guessing_at_the_password_is_slowed(bob: HelpDesk):
    wrong = EmailChange(email=None, password="a guess")
    for _ in range(4):
        with pytest.raises(Invalid):
            bob.profiles.change_email(wrong)
    with pytest.raises((TooManyAttempts, Invalid)):
        bob.profiles.change_email(wrong)
    with pytest.raises(TooManyAttempts):
        bob.profiles.change_email(NEW)


def test_of_a_directory_account_name_and_address_are_kept_there(
    embedded: EmbeddedDesk, bob: HelpDesk
):
    come_from_elsewhere(embedded, "bob")
    assert bob.profiles.own().is_directory_account
    with pytest.raises(Forbidden, match="name is kept where"):
        bob.profiles.change(ProfileChange(full_name="Somebody Else"))
    with pytest.raises(Forbidden, match="e-mail address is kept where"):
        bob.profiles.change_email(NEW)
    same = ProfileChange(full_name="Bob Keller", theme=Theme.DARK)
    assert bob.profiles.change(same).theme is Theme.DARK


def test_a_picture_is_seen_by_everybody_and_taken_away(
    embedded: EmbeddedDesk, bob: HelpDesk, sign_in: SignIn
):
    alice, own = sign_in("alice"), id_of(bob)
    assert alice.profiles.picture(own).data == ""
    assert alice.profiles.picture(2**62).data == ""
    bob.profiles.set_picture(NewPicture(data=in_text(PNG)))
    bob.profiles.set_picture(NewPicture(data=in_text(PNG)))
    assert base64.b64decode(alice.profiles.picture(own).data) == PNG
    assert bob.profiles.own().has_picture
    with pytest.raises(Invalid, match="PNG"):
        bob.profiles.set_picture(NewPicture(data=in_text(b"<svg/>")))
    bob.profiles.set_picture(NewPicture(data=""))
    assert alice.profiles.picture(own).data == ""
    assert [changes for _, _, changes in left(embedded)] == [
        [["picture", "none", "another"]],
        [["picture", "there", "none"]],
    ]


def test_one_sees_where_one_is_signed_in_and_ends_the_others(
    embedded: EmbeddedDesk, bob: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    # How everybody of the desk got their password.
    bob.profiles.end_others()
    clock.forward(minutes=5)
    lost = embedded.facade()
    lost.sessions.sign_in(NewSession(username="bob", password=PASSWORD, device="Old laptop"))
    other, alice = sign_in("bob"), sign_in("alice")
    mine = bob.profiles.sessions().items
    assert sorted(each.is_this for each in mine) == [False, False, True]
    assert all(each.source for each in mine)
    theirs = alice.profiles.sessions().items[0]
    bob.profiles.end_session(theirs.id)
    assert alice.sessions.current().user.username == "alice"
    (gone,) = (each.id for each in lost.profiles.sessions().items if each.is_this)
    bob.profiles.end_session(gone)
    bob.profiles.end_session(gone)
    with pytest.raises(SignedOut):
        lost.sessions.current()
    assert other.sessions.current().user.username == "bob"
    bob.profiles.end_others()
    with pytest.raises(SignedOut):
        other.sessions.current()
    (last,) = bob.profiles.sessions().items
    assert last.is_this
    assert [action for action, _, _ in left(embedded)][-2:] == ["sessions_ended"] * 2
    # What ends unused is no session any more.
    clock.forward(hours=13)
    assert len(sign_in("bob").profiles.sessions().items) == 1


def test_one_reads_what_one_did_and_what_was_done_to_ones_account(
    embedded: EmbeddedDesk, bob: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    dana = sign_in("dana")
    everything = AuditQuery(limit=500)
    before = {entry.id for entry in dana.audit.search(everything).items}
    bob.profiles.change(ProfileChange(full_name="Bob Keller-Ito"))
    dana.security.change(SecurityChange(reset_minutes=20))
    with embedded.database.writing() as session:
        done = AuditTrail(AuditRepository(session), SYSTEM, "10.0.0.9")
        admin = About("user", id_of(dana), "Dana Whitfield")
        who = About("user", id_of(bob), "Bob Keller-Ito")
        done.add(AuditAction.ROLE_CHANGED, who, [("role", "user", "technician")], actor=admin)
        done.add(AuditAction.SIGN_IN_FAILED, who, actor=About("user", None, "bob"))
        done.write(clock())
    told = [each for each in bob.profiles.activity(everything).items if each.id not in before]
    assert [each.action for each in told] == [
        AuditAction.SIGN_IN_FAILED,
        AuditAction.ROLE_CHANGED,
        AuditAction.USER_CHANGED,
    ]
    # Where an admin was is the admin's affair; where somebody has tried one's name is not.
    assert [each.source for each in told[:2]] == ["10.0.0.9", ""]
    assert told[1].actor is not None
    assert told[1].actor.full_name == "Dana Whitfield"
    first = bob.profiles.activity(AuditQuery(limit=2))
    rest = bob.profiles.activity(AuditQuery(limit=2, cursor=first.next_cursor))
    assert [each.id for each in (*first.items, *rest.items)][:3] == [each.id for each in told]
    wanted = AuditQuery(actions=(AuditAction.ROLE_CHANGED,))
    assert {each.action for each in bob.profiles.activity(wanted).items} == set(wanted.actions)
    assert not any(
        each.about == "settings" for each in sign_in("alice").profiles.activity(everything).items
    )
