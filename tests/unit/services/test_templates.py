# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates for tickets: who sees which, what cannot be kept, and what the audit log tells."""

from __future__ import annotations

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.custom_fields import NewField
from helpdesk.core.schemas.templates import (
    TemplateChange,
    TemplateOrder,
    TemplateSettings,
    TemplateView,
)
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import FieldValue
from tests.conftest import SignIn
from tests.contract.desks import id_of

pytestmark = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")

LAPTOP = TemplateSettings(
    name="Laptop",
    subject="A laptop for {{ ticket.requester.name }}",
    description="Needed by {{ in_a_week }}.",
    category_id=1,
    priority=Priority.LOW,
    tags=("order",),
    fields=(FieldValue(key="asset", value="NB-1"),),
)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


def change_of(template: TemplateView, **changes: object) -> TemplateChange:
    kept = {name: getattr(template, name) for name in TemplateSettings.model_fields}
    return TemplateChange.model_validate({**kept, "version": template.version, **changes})


def names(desk: HelpDesk) -> list[str]:
    return [each.name for each in desk.templates.all()]


def test_a_template_is_offered_as_it_was_kept(dana: HelpDesk, sign_in: SignIn):
    dana.custom_fields.add(NewField(key="asset", name="Asset", kind=FieldKind.TEXT))
    kept = dana.templates.add(LAPTOP)
    (offered,) = sign_in("bob").templates.all()
    assert offered == kept
    (offered,) = sign_in("alice").templates.all()
    assert offered == kept.model_copy(update={"tags": ()})
    assert TemplateSettings.model_validate(kept.model_dump(exclude={"id", "version"})) == LAPTOP


def test_requesters_see_neither_what_is_for_staff_nor_what_is_not_in_use(
    dana: HelpDesk, sign_in: SignIn
):
    dana.templates.add(LAPTOP)
    for changes in ({"name": "Of staff", "staff_only": True}, {"name": "Old", "active": False}):
        dana.templates.add(LAPTOP.model_copy(update=changes))
    assert names(sign_in("alice")) == ["Laptop"]
    assert names(sign_in("bob")) == ["Laptop", "Of staff"]
    assert names(dana) == ["Laptop", "Of staff", "Old"]


def test_requesters_hear_nothing_of_fields_that_are_the_staffs(dana: HelpDesk, sign_in: SignIn):
    secret = NewField(key="vip", name="VIP", kind=FieldKind.TEXT, staff_only=True)
    dana.custom_fields.add(secret)
    fields = (FieldValue(key="vip", value="secret"),)
    dana.templates.add(LAPTOP.model_copy(update={"fields": fields}))
    assert [each.fields for each in sign_in("bob").templates.all()] == [fields]
    (offered,) = sign_in("alice").templates.all()
    assert (offered.fields, offered.tags) == ((), ())


def test_people_in_fields_are_told_by_name_to_who_may_know_them(dana: HelpDesk, sign_in: SignIn):
    dana.custom_fields.add(NewField(key="boss", name="Boss", kind=FieldKind.USER))
    bob, alice = sign_in("bob"), sign_in("alice")
    for name, who in (("Of staff", id_of(bob)), ("Of another", id_of(sign_in("erin")))):
        fields = (FieldValue(key="boss", value=str(who)),)
        dana.templates.add(LAPTOP.model_copy(update={"name": name, "fields": fields}))
    entries = dana.audit.search(AuditQuery(about="template")).items
    told = [each.after for entry in entries for each in entry.changes if each.name == "Fields"]
    assert told == ["boss: Erin Sato", "boss: Bob Keller"]
    assert [len(each.fields) for each in bob.templates.all()] == [1, 1]
    assert [[each.value for each in one.fields] for one in alice.templates.all()] == [
        [str(id_of(bob))],
        [],
    ]


def test_the_order_is_that_of_the_admin(dana: HelpDesk, sign_in: SignIn):
    ids = [dana.templates.add(LAPTOP.model_copy(update={"name": name})).id for name in "abc"]
    wanted = TemplateOrder(template_ids=(ids[2], ids[0], ids[1]))
    assert [each.id for each in dana.templates.arrange(wanted)] == [*wanted.template_ids]
    assert names(sign_in("alice")) == ["c", "a", "b"]
    with pytest.raises(Conflict, match="added or removed"):
        dana.templates.arrange(TemplateOrder(template_ids=tuple(ids[:2])))


def test_what_somebody_else_changed_is_not_overwritten(dana: HelpDesk):
    kept = dana.templates.add(LAPTOP)
    changed = dana.templates.change(kept.id, change_of(kept, name="Notebook"))
    with pytest.raises(Conflict) as conflict:
        dana.templates.change(kept.id, change_of(kept, name="Mine"))
    assert conflict.value.current == changed
    dana.templates.remove(kept.id)
    with pytest.raises(NotFound):
        dana.templates.change(kept.id, change_of(changed))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": "See {{ ticket.number }}"}, "subject"),
        ({"description": "{{ nothing.known }}"}, "description"),
        ({"category_id": 999}, "category_id"),
        ({"name": "LAPTOP"}, "name"),
    ],
)
def test_what_nobody_could_use_is_refused_at_its_field(
    dana: HelpDesk, changes: dict[str, object], field: str
):
    dana.templates.add(LAPTOP)
    other = TemplateSettings.model_validate({**LAPTOP.model_dump(), "name": "Other", **changes})
    with pytest.raises((Invalid, NotFound)) as refused:
        dana.templates.add(other)
    assert refused.value.field == field
    assert names(dana) == ["Laptop"]


def test_each_change_is_told_in_the_audit_log(dana: HelpDesk):
    kept = dana.templates.add(LAPTOP)
    changed = dana.templates.change(kept.id, change_of(kept, priority="high", staff_only=True))
    dana.templates.change(kept.id, change_of(changed))
    dana.templates.remove(kept.id)
    query = AuditQuery(actions=(AuditAction.SETTINGS_CHANGED,))
    gone, edit, new = dana.audit.search(query).items
    assert [(each.name, each.before, each.after) for each in edit.changes] == [
        ("Priority", "Low", "High"),
        ("Staff only", "no", "yes"),
    ]
    assert (new.changes[0].after, gone.changes[0].after) == ("yes", "no")
    assert {each.about_name for each in (new, edit, gone)} == {"Laptop"}
