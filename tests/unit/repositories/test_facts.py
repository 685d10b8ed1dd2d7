# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a desk are kept by name and replaced, not added to."""

from __future__ import annotations

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.repositories.facts import FactRepository


def test_a_fact_is_kept_and_replaced(embedded: EmbeddedDesk):
    with embedded.database.writing() as session:
        facts = FactRepository(session)
        assert facts.get("colour") is None
        facts.set("colour", "blue")
    with embedded.database.writing() as session:
        FactRepository(session).set("colour", "green")
    with embedded.database.reading() as session:
        assert FactRepository(session).get("colour") == "green"
