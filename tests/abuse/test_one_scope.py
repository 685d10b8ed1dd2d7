# SPDX-License-Identifier: GPL-3.0-or-later
"""B02: an API key that may not read everybody's tickets is told of none that is another's.

The word is planted in the tickets of others, one of them linked with the owner's own, and in a tag
of theirs. Then a key of each scope alone calls every operation that its scope is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import FollowUp, MergeInto, NewLink, Relation, TagsChange
from helpdesk.core.schemas.presence import PresenceSign
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery, TicketView
from helpdesk.core.schemas.trash import TrashQuery
from helpdesk.core.schemas.users import Role
from helpdesk.core.schemas.views import NewView
from tests.abuse.test_hidden_words import WORD, Guarded, said
from tests.contract.desks import opened
from tests.contract.test_api_keys import GRANTABLE, OPERATIONS, Keys, allows
from tests.contract.test_rights import MACRO, RIGHTS, TEAM, Desk
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)

NARROW = tuple(each for each in GRANTABLE if each is not Permission.SEE_ALL_TICKETS)
TOLD_OF_ALL = {"Channels.deliveries", "Channels.drop", "Channels.retry"}
"""What tells by its purpose what was sent, of whichever ticket."""


class Narrow(Keys, Guarded):
    """A desk whose tickets of others have the word, and keys of one scope."""

    article = Desk.article


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Narrow]:
    place = tmp_path_factory.mktemp("one scope")
    with opened(place, template, kind=desk_kind) as embedded:
        yield Narrow(embedded)


@pytest.fixture(scope="module")
def linked(desk: Narrow) -> tuple[HelpDesk, TicketView, TicketView]:
    """Return who owns keys, a ticket of theirs, and one of somebody else that it is linked with."""
    owner = desk.member(Role.ADMIN)
    own = owner.tickets.open(NewTicket(subject="My own"))
    foreign = desk.stranger.tickets.open(NewTicket(subject=f"A {WORD}"))
    tagged = TagsChange(tags=(WORD,), version=foreign.version)
    foreign = desk.assigning.tags.set(foreign.id, tagged)
    desk.assigning.ticket_links.add(own.id, NewLink(other_id=foreign.id, relation=Relation.RELATES))
    gone = desk.stranger.tickets.open(NewTicket(subject=f"Gone {WORD}"))
    desk.assigning.trash.delete(gone.id, gone.version)
    return owner, own, foreign


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
def test_b02_no_operation_tells_a_key_of_one_scope_of_tickets_of_others(
    desk: Narrow, linked: tuple[HelpDesk, TicketView, TicketView], *, own: bool
):
    owner, _, _ = linked
    told = {}
    for operation in sorted(RIGHTS):
        for scope in (each for each in NARROW if allows(operation, each)):
            if OPERATIONS[operation].declaration.permission is None and scope is not NARROW[0]:
                continue
            key = desk.key_of(owner, scope)
            told[operation, scope] = said(desk.call(operation, owner, own=own, by=key))
    leaks = {operation for (operation, _), answer in told.items() if WORD in answer.casefold()}
    assert sorted(leaks) == sorted(TOLD_OF_ALL)


def test_b02_a_key_of_one_scope_finds_nothing_around_tickets_of_others(
    desk: Narrow, linked: tuple[HelpDesk, TicketView, TicketView]
):
    owner, own, foreign = linked
    works = desk.key_of(owner, Permission.WORK_TICKET)
    deletes = desk.key_of(owner, Permission.DELETE_TICKET)
    empties = desk.key_of(owner, Permission.SET_UP_TICKETS)
    wide = desk.key_of(owner, *GRANTABLE)
    (gone,) = (
        each.id
        for each in desk.assigning.trash.search(TrashQuery(text=WORD)).items
        if each.subject == f"Gone {WORD}"
    )
    stranger = desk.stranger.sessions.current().user.username
    desk.assigning.presence.show(foreign.id, PresenceSign(typing=True))

    assert works.ticket_links.of_ticket(own.id) == ()
    assert foreign.id not in {each.ticket_id for each in works.presence.others()}
    assert works.tags.beginning_with(WORD) == ()
    assert works.watchers.candidates(stranger) == ()
    assert deletes.trash.search(TrashQuery(text=WORD)).items == ()
    for call in (deletes.trash.restore, empties.trash.purge):
        with pytest.raises(NotFound):
            call(gone)

    # Who sees all tickets is told, so that it could have been told.
    assert [each.ticket.id for each in wide.ticket_links.of_ticket(own.id)] == [foreign.id]
    assert foreign.id in {each.ticket_id for each in wide.presence.others()}
    assert [each.tickets for each in wide.tags.beginning_with(WORD)] == [1]
    assert [each.username for each in wide.watchers.candidates(stranger)] == [stranger]
    assert gone in {each.id for each in wide.trash.search(TrashQuery(text=WORD)).items}


def test_b02_a_key_of_one_scope_does_nothing_to_tickets_of_others(
    desk: Narrow, linked: tuple[HelpDesk, TicketView, TicketView]
):
    owner, own, foreign = linked
    works, version = desk.key_of(owner, Permission.WORK_TICKET), owner.tickets.view(own.id).version
    for call in (
        lambda: works.ticket_links.add(
            own.id, NewLink(other_id=foreign.id, relation=Relation.BLOCKS)
        ),
        lambda: works.merging.merge(own.id, MergeInto(survivor_id=foreign.id, version=version)),
        lambda: works.macros.preview(foreign.id, MACRO),
        lambda: works.splitting.follow_up(foreign.id, FollowUp(description="")),
    ):
        with pytest.raises(NotFound):
            call()


def test_b02_a_view_tells_no_name_to_who_may_not_look_it_up(desk: Narrow):
    stranger, colleague = desk.stranger, desk.assigning.sessions.current().user
    hidden = TicketQuery(assignee_ids=(colleague.id,), team_ids=(TEAM,))

    view = stranger.views.add(NewView(name="Whose", query=hidden))

    assert view.text == ""
    kept = desk.assigning.views.add(NewView(name="Whose", query=hidden))
    assert f"assignee:{colleague.username}" in kept.text
