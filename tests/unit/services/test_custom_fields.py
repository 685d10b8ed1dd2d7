# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the desk's own: set up by admins, asked for by category, kept on tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.query_language import Name
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.custom_fields import (
    FieldChange,
    FieldOrder,
    FieldsChange,
    FieldSetUp,
    NewField,
)
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.queries import CompletionQuery
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import (
    FieldValue,
    NewComment,
    NewTicket,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.users import NewUser, Role, UserChange
from helpdesk.database.checks import examine
from helpdesk.models import CustomField
from tests.conftest import SettableClock
from tests.contract.desks import id_of, opened, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)
HARDWARE, SOFTWARE = 1, 2
NUMBER, DATE, USER = FieldKind.NUMBER, FieldKind.DATE, FieldKind.USER


class Desk:
    """One desk for the module; each test has fields of its own."""

    def __init__(self, embedded: EmbeddedDesk) -> None:
        self.embedded = embedded
        self.of: Callable[[str], HelpDesk] = cache(lambda name: person(embedded, name))
        self._numbers = count(1)

    def field(self, kind: FieldKind = FieldKind.TEXT, **more: Any) -> FieldSetUp:
        number = next(self._numbers)
        named = {"key": f"f{number}", "name": f"Field {number}", "kind": kind}
        return self.of("dana").custom_fields.add(NewField(**{**named, **more}))

    def change(self, field: FieldSetUp, **more: Any) -> FieldSetUp:
        settings = field.model_dump(exclude={"id", "key", "position", "tickets"})
        return self.of("dana").custom_fields.change(field.id, FieldChange(**{**settings, **more}))

    def ticket(
        self,
        values: Mapping[str, str] = MappingProxyType({}),
        *,
        who: str = "alice",
        category_id: int | None = HARDWARE,
    ) -> TicketView:
        fields = tuple(FieldValue(key=key, value=value) for key, value in values.items())
        new = NewTicket(subject="Beamer", category_id=category_id, fields=fields)
        return self.of(who).tickets.open(new)

    def set(self, ticket: TicketView, who: str = "bob", **values: str) -> TicketView:
        fields = tuple(FieldValue(key=key, value=value) for key, value in values.items())
        change = FieldsChange(fields=fields, version=ticket.version)
        return self.of(who).custom_fields.set(ticket.id, change)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("fields")
    with opened(place, template, SettableClock(), desk_kind) as embedded:
        yield Desk(embedded)


def shown(ticket: TicketView) -> dict[str, str]:
    return {each.key: each.shown for each in ticket.fields}


# --- setting up -------------------------------------------------------------------------------


def test_admins_set_fields_up_and_the_audit_log_tells_of_it(desk: Desk):
    field = desk.field(FieldKind.CHOICE, name="Site", options=("Rome", "Oslo"), category_ids=(1,))
    changed = desk.change(field, options=("Rome", "Bern"), required=True)
    assert (changed.options, changed.required, changed.version) == (("Rome", "Bern"), True, 2)
    with pytest.raises(Conflict, match="in the meantime"):
        desk.change(field, name="Place")
    entries = desk.of("dana").audit.search(AuditQuery(about="custom_field", about_id=field.id))
    told = [(each.name, each.before, each.after) for each in entries.items[0].changes]
    assert told == [("Options", "Rome, Oslo", "Rome, Bern"), ("Required", "no", "yes")]
    assert ("Categories", "", "Hardware") in [
        (each.name, each.before, each.after) for each in entries.items[1].changes
    ]
    with pytest.raises(Forbidden):
        desk.of("charlie").custom_fields.set_up()
    desk.change(changed, active=False)
    assert "Site" not in {each.name for each in desk.of("bob").custom_fields.all()}


def test_a_field_with_a_name_a_key_or_options_that_cannot_be_is_refused(desk: Desk):
    field = desk.field()
    for more, wrong in (
        ({"name": field.name.upper()}, "name"),
        ({"name": "Status"}, "name"),
        ({"name": field.name, "key": field.key}, "name"),
        ({"key": field.key}, "key"),
        ({"category_ids": (999,)}, "category_ids"),
    ):
        with pytest.raises(Invalid) as refused:
            desk.field(**more)
        assert refused.value.field == wrong
    for kind, options in ((FieldKind.CHOICE, ()), (FieldKind.CHOICE, ("a", "A"))):
        with pytest.raises(ValidationError):
            desk.field(kind, options=options)


def test_fields_are_asked_for_in_the_order_that_is_made(desk: Desk):
    first, second = desk.field(), desk.field()
    ids = [each.id for each in desk.of("dana").custom_fields.set_up()]
    ids.remove(second.id)
    order = FieldOrder(field_ids=(second.id, *ids))
    assert desk.of("dana").custom_fields.arrange(order)[0].id == second.id
    assert desk.of("alice").custom_fields.all()[0].id == second.id
    with pytest.raises(Conflict, match="look at the new list"):
        desk.of("dana").custom_fields.arrange(FieldOrder(field_ids=(first.id,)))


# --- values -----------------------------------------------------------------------------------


def test_a_ticket_begins_with_checked_values_that_everybody_can_read(desk: Desk):
    number, day, who = (desk.field(kind) for kind in (NUMBER, DATE, USER))
    bob = str(id_of(desk.of("bob")))
    values = {number.key: "+012.50", day.key: "2026-12-24", who.key: bob}
    ticket = desk.ticket(values)
    assert shown(ticket) == {number.key: "12.5", day.key: "2026-12-24", who.key: "Bob Keller"}
    assert [each.kind for each in ticket.events] == ["created"]
    for key, value in ((number.key, "1e3"), (day.key, "2026-02-30"), (who.key, "9999")):
        with pytest.raises(Invalid) as refused:
            desk.ticket({key: value})
        assert refused.value.field == f"fields.{key}"
        assert str(refused.value).startswith("Field ")
    with pytest.raises(Invalid, match="no field"):
        desk.ticket({"nothing": "x"})


def test_required_fields_are_asked_for_in_their_category_alone(desk: Desk):
    field = desk.field(required=True, category_ids=(SOFTWARE,))
    assert desk.ticket().fields == ()
    with pytest.raises(Invalid, match=f"Fill in {field.name}"):
        desk.ticket(category_id=SOFTWARE)
    with pytest.raises(Invalid, match="not asked for in this category"):
        desk.ticket({field.key: "x"})
    ticket = desk.ticket({field.key: "x"}, category_id=SOFTWARE)
    with pytest.raises(Invalid, match="required"):
        desk.set(ticket, **{field.key: ""})
    # Another category does not lose what is there, which may be taken away then.
    change = TicketChange(category_id=HARDWARE, version=ticket.version)
    moved = desk.of("bob").tickets.change(ticket.id, change)
    assert [(each.shown, each.applies) for each in moved.fields] == [("x", False)]
    assert desk.set(moved, **{field.key: ""}).fields == ()
    desk.change(field, active=False)


def test_what_is_for_the_staff_stays_with_them(desk: Desk):
    field = desk.field(staff_only=True, required=True, category_ids=(3,))
    assert field.key not in {each.key for each in desk.of("alice").custom_fields.all()}
    ticket = desk.ticket(category_id=3)
    with pytest.raises(Invalid, match="no field"):
        desk.ticket({field.key: "x"}, category_id=3)
    filled = desk.set(ticket, **{field.key: "secret"})
    assert shown(filled) == {field.key: "secret"}
    assert (filled.events[0].field, filled.events[0].new) == (field.name, "secret")
    theirs = desk.of("alice").tickets.view(ticket.id)
    assert (theirs.fields, theirs.updated_at) == ((), ticket.updated_at)
    assert "secret" not in theirs.model_dump_json()
    assert [each.kind for each in theirs.events] == ["created"]
    with pytest.raises(Conflict):
        desk.set(ticket, **{field.key: "other"})


def test_setting_a_field_is_entered_undone_and_done_again(desk: Desk):
    field = desk.field(name="Asset tag")
    other = desk.field()
    ticket = desk.ticket({field.key: "A-1"})
    after = desk.set(ticket, **{field.key: "A-2", other.key: "new"})
    event = after.events[-2]
    assert (event.kind, event.field, event.old, event.new) == ("changed", "Asset tag", "A-1", "A-2")
    assert after.version == ticket.version + 1
    with pytest.raises(Conflict):
        desk.set(ticket, **{field.key: "A-3"})
    with pytest.raises(Forbidden):
        desk.set(after, who="alice", **{field.key: "A-3"})
    bob = desk.of("bob")
    assert after.undo is not None
    label = bob.deeds.undo(after.undo).label
    assert label.startswith("Asset tag and Field ")
    assert shown(bob.tickets.view(ticket.id)) == {field.key: "A-1"}
    bob.deeds.redo(after.undo)
    again = bob.tickets.view(ticket.id)
    assert shown(again) == {field.key: "A-2", other.key: "new"}
    # What somebody set since is left, the other goes.
    desk.set(again, who="frank", **{field.key: "A-9"})
    refused = bob.deeds.undo(after.undo).refused
    assert [each.sentence for each in refused] == [
        f"Asset tag of {ticket.number} was changed since and stays as it is."
    ]
    assert shown(bob.tickets.view(ticket.id)) == {field.key: "A-9"}


@pytest.mark.parametrize("staff_only", [False, True])
def test_an_undo_leaves_a_field_that_somebody_else_set_to_the_same_value(
    desk: Desk, *, staff_only: bool
):
    field, other = desk.field(staff_only=staff_only), desk.field()
    mine = desk.set(desk.ticket(), **{field.key: "Rome", other.key: "new"})
    there = desk.set(mine, who="frank", **{field.key: "Paris"})
    desk.set(there, who="frank", **{field.key: "Rome"})
    bob = desk.of("bob")
    for undone in (1, 0):
        result = bob.deeds.undo(mine.undo or 0)
        assert (result.undone, [each.sentence for each in result.refused]) == (
            undone,
            [f"{field.name} of {mine.number} was changed since and stays as it is."],
        )
        assert shown(bob.tickets.view(mine.id)) == {field.key: "Rome"}


def test_an_undo_puts_back_only_what_a_field_still_takes(desk: Desk):
    field = desk.field()
    ticket = desk.ticket({field.key: "abc"})
    emptied = desk.set(ticket, **{field.key: ""})
    assert emptied.undo is not None
    numeric = desk.change(field, kind=NUMBER)
    bob = desk.of("bob")
    (refused,) = bob.deeds.undo(emptied.undo).refused
    assert refused.sentence == (
        f"{field.name} of {ticket.number} stays as it is."
        f" {field.name} is no number; write it like 1250 or -0.5."
    )
    assert shown(bob.tickets.view(ticket.id)) == {}
    filled = desk.set(bob.tickets.view(ticket.id), **{field.key: "5"})
    emptied = desk.set(filled, **{field.key: ""})
    desk.change(numeric, active=False)
    (refused,) = bob.deeds.undo(emptied.undo or 0).refused
    assert "is not asked for" in refused.sentence


def test_values_outlive_changes_of_their_field(desk: Desk):
    field = desk.field(FieldKind.CHOICE, options=("Rome", "Oslo"))
    ticket = desk.ticket({field.key: "oslo"})
    with pytest.raises(Invalid) as refused:
        desk.change(field, kind=FieldKind.TEXT, options=())
    assert refused.value.field == "kind"
    smaller = desk.change(field, options=("Rome",))
    assert smaller.tickets == 1
    bob = desk.of("bob")
    assert shown(bob.tickets.view(ticket.id)) == {field.key: "Oslo"}
    with pytest.raises(Invalid, match="no option"):
        desk.set(bob.tickets.view(ticket.id), **{field.key: "Oslo "})
    desk.change(smaller, active=False)
    kept = bob.tickets.view(ticket.id).fields
    assert [(each.shown, each.applies) for each in kept] == [("Oslo", False)]


def test_values_come_back_from_the_trash_and_from_a_merge(desk: Desk):
    field = desk.field()
    charlie = desk.of("charlie")
    ticket, survivor = desk.ticket({field.key: "kept"}), desk.ticket({field.key: "mine"})
    charlie.trash.delete(ticket.id, ticket.version)
    charlie.trash.restore(ticket.id)
    back = charlie.tickets.view(ticket.id)
    assert shown(back) == {field.key: "kept"}
    charlie.merging.merge(ticket.id, MergeInto(survivor_id=survivor.id, version=back.version))
    with pytest.raises(Invalid, match="is merged into"):
        desk.set(charlie.tickets.view(ticket.id), **{field.key: "no"})
    assert shown(charlie.tickets.view(survivor.id)) == {field.key: "mine"}
    charlie.merging.unmerge(ticket.id)
    assert shown(charlie.tickets.view(ticket.id)) == {field.key: "kept"}


def test_people_can_be_looked_for_to_name_one(desk: Desk):
    field = desk.field(FieldKind.USER)
    found = desk.of("alice").custom_fields.people("bo")
    assert [each.full_name for each in found] == ["Bob Keller"]
    assert desk.of("alice").custom_fields.people("eri") == ()
    assert desk.of("bob").custom_fields.people("eri")[0].full_name == "Erin Sato"
    assert desk.of("bob").custom_fields.people("e") == ()
    # A number tells no name of who is not offered; nor whether there is somebody.
    erin = str(id_of(desk.of("erin")))
    told = set()
    for number in (erin, "999999"):
        with pytest.raises(Invalid) as refused:
            desk.ticket({field.key: number})
        told.add((str(refused.value), refused.value.field))
    assert told == {
        (f"{field.name} names nobody who has an account; choose somebody else.",
         f"fields.{field.key}")
    }  # fmt: skip
    # Nor can it be asked for by the number, which templates may have.
    assert desk.of("bob").custom_fields.person(int(erin)).full_name == "Erin Sato"
    bob_id = id_of(desk.of("bob"))
    assert desk.of("alice").custom_fields.person(bob_id).full_name == "Bob Keller"
    for who, unknown in (("alice", int(erin)), ("alice", 999999), ("bob", 999999)):
        with pytest.raises(NotFound):
            desk.of(who).custom_fields.person(unknown)
    ticket = desk.set(desk.ticket(), **{field.key: erin})
    assert shown(ticket) == {field.key: "Erin Sato"}
    desk.change(field, active=False)


def test_the_full_text_search_knows_values_as_their_readers_do(desk: Desk):
    text_, boss = desk.field(), desk.field(USER)
    hidden, number = desk.field(staff_only=True), desk.field(NUMBER, staff_only=True)
    ticket = desk.ticket({text_.key: "Periwinkle"})
    values = {hidden.key: "Marzipan", number.key: "771.25"}
    filled = desk.set(ticket, **{boss.key: str(id_of(desk.of("frank"))), **values})
    (name,) = [each.shown for each in filled.fields if each.key == boss.key]

    def found(said: str, who: str = "bob") -> bool:
        page = desk.of(who).tickets.search(TicketQuery(text=said, limit=100))
        assert examine(desk.embedded.database).findings == ()
        return ticket.id in {row.id for row in page.items}

    for said in ("periwinkle", "PERI", f'"{name}"'):
        assert found(said)
        assert found(said, "alice")
    for said in ("marzipan", "marz", "771.25"):
        assert found(said)
        assert not found(said, "alice")
    # What is said later stays beside it, and what is taken away is found no more.
    bob = desk.of("bob")
    bob.tickets.comment(ticket.id, NewComment(body="A note of rosewood", internal=True))
    emptied = desk.set(bob.tickets.view(ticket.id), **{text_.key: "", hidden.key: ""})
    assert not found("periwinkle")
    assert not found("marzipan")
    assert found("771.25 rosewood")
    assert emptied.undo is not None
    bob.deeds.undo(emptied.undo)
    assert found("periwinkle", "alice")
    assert found("marzipan rosewood")
    # Who may know of a field may change.
    desk.change(hidden, staff_only=False)
    assert found("marzipan", "alice")
    assert not found("rosewood", "alice")
    desk.change(text_, staff_only=True)
    assert not found("periwinkle", "alice")
    # The trash gives it all back.
    charlie = desk.of("charlie")
    charlie.trash.delete(ticket.id, bob.tickets.view(ticket.id).version)
    assert not found("marzipan")
    charlie.trash.restore(ticket.id)
    assert found("marzipan", "alice")
    assert not found("periwinkle", "alice")


def test_people_in_fields_are_found_by_their_newest_name(desk: Desk):
    boss, hidden = desk.field(USER), desk.field(USER, staff_only=True)
    new = NewUser(username="quirin", full_name="Quirin Ostermann", role=Role.TECHNICIAN)
    quirin = desk.of("dana").users.add(new).user
    ticket = desk.set(desk.ticket(), **{boss.key: str(quirin.id)})
    other = desk.set(desk.ticket(), **{hidden.key: str(quirin.id)})

    def found(said: str, who: str) -> set[int]:
        page = desk.of(who).tickets.search(TicketQuery(text=said, limit=100))
        return {row.id for row in page.items}

    assert found("ostermann", "bob") == {ticket.id, other.id}
    assert found("ostermann", "alice") == {ticket.id}
    change = UserChange(full_name="Quirin Vogelsang", version=quirin.version)
    desk.of("dana").users.change(quirin.id, change)
    assert found("ostermann", "bob") == set()
    assert found("vogelsang", "bob") == {ticket.id, other.id}
    assert examine(desk.embedded.database).findings == ()


def test_tickets_are_found_by_their_fields(desk: Desk):
    site = desk.field(FieldKind.CHOICE, key="place", options=("Rome", "Oslo"))
    cost = desk.field(NUMBER, key="price", staff_only=True)
    boss = desk.field(USER, key="boss")
    rome = desk.ticket({"place": "Rome", "boss": str(id_of(desk.of("charlie")))})
    oslo = desk.ticket({"place": "Oslo"})
    both = desk.set(desk.ticket({"place": "Rome"}), price="7.50")

    def found(said: str, who: str = "bob") -> set[int]:
        page = desk.of(who).tickets.search(TicketQuery(text=said, limit=100))
        assert desk.of(who).tickets.count(TicketQuery(text=said)).count == len(page.items)
        return {row.id for row in page.items}

    assert found("field.place:rome") == {rome.id, both.id}
    assert found("field.place:Rome,Oslo") == {rome.id, oslo.id, both.id}
    assert found("field.place:rome field.price:7.5") == {both.id}
    assert found("field.place:rome -field.price:7.5 ") == {rome.id}
    assert found('field.boss:"Charlie Hart"') == {rome.id}
    understood = desk.of("bob").queries.understood("field.place:ROME field.none:x")
    assert [chip.label for chip in understood.chips] == [f"{site.name}: Rome"]
    assert [each.sentence for each in understood.problems] == [
        "No field is called \u201cnone\u201d; write its key."
    ]
    # What is the staff's nobody else can ask for, whichever way.
    assert not desk.of("alice").queries.understood("field.price:7.5").chips
    theirs = desk.of("alice").tickets.search(TicketQuery(fields=("price:7.5",)))
    assert theirs.items == ()
    ask = desk.of("alice").queries.completions
    keys = ask(CompletionQuery(name=Name.FIELD, begun="p"))
    assert [each.value for each in keys] == ["field.place:"]
    options = ask(CompletionQuery(name=Name.FIELD, begun="o", key="place"))
    assert [each.value for each in options] == ["Oslo"]
    for field in (site, cost, boss):
        desk.change(field, active=False)


def test_a_check_of_the_desk_finds_values_that_mean_nothing(desk: Desk):
    field = desk.field()
    ticket = desk.ticket({field.key: "x"})
    assert examine(desk.embedded.database).findings == ()
    kind = update(CustomField).where(CustomField.id == field.id)
    with desk.embedded.database.writing() as session:
        unknown = text("UPDATE custom_field SET kind = 'colour' WHERE id = :id")
        session.execute(unknown, {"id": field.id})
    try:
        (finding,) = examine(desk.embedded.database).findings
        assert finding.startswith(f"{ticket.number} has an empty value, or one of a kind")
    finally:
        with desk.embedded.database.writing() as session:
            session.execute(kind.values(kind=FieldKind.TEXT))
