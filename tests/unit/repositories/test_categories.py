# SPDX-License-Identifier: GPL-3.0-or-later
"""Categories: which can be chosen, and that a name exists once whatever its case."""

from __future__ import annotations

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES, NewTicket
from helpdesk.models import Category
from helpdesk.repositories.categories import CategoryRepository
from tests.conftest import SignIn


def test_the_active_ones_are_offered_in_the_order_they_were_made(
    embedded: EmbeddedDesk, sign_in: SignIn
):
    alice = sign_in("alice")
    assert tuple(category.name for category in alice.tickets.categories()) == DEFAULT_CATEGORIES
    with embedded.database.writing() as session:
        retired = session.get_one(Category, 2)
        retired.active = False
    assert "Software" not in {category.name for category in alice.tickets.categories()}


@pytest.mark.parametrize("category_id", [2, 99, 0, -1, 2**63, -(2**63) - 1])
def test_a_retired_or_missing_one_cannot_be_chosen(embedded: EmbeddedDesk, category_id: int):
    with embedded.database.writing() as session:
        session.get_one(Category, 2).active = False
        session.flush()
        with pytest.raises(Invalid) as caught:
            CategoryRepository(session).choose(category_id)
    assert caught.value.field == "category_id"


def test_a_retired_one_stays_on_its_tickets(embedded: EmbeddedDesk, sign_in: SignIn):
    alice = sign_in("alice")
    ticket = alice.tickets.open(NewTicket(subject="x", category_id=2)).id
    with embedded.database.writing() as session:
        session.get_one(Category, 2).active = False
    category = alice.tickets.view(ticket).category
    assert category is not None
    assert category.name == "Software"


def test_a_name_exists_once(embedded: EmbeddedDesk):
    with embedded.database.writing() as session:
        categories = CategoryRepository(session)
        assert categories.named("HARDWARE").id == 1
        made = categories.named("Straße")
        assert categories.named("STRASSE").id == made.id
        assert categories.name_of(made.id) == "Straße"
        assert categories.name_of(None) is None
