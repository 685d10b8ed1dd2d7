# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the canned replies of a demo desk: its manager shares them, and one is Bob's own."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.ticket_work import Shared
from helpdesk.core.text import folded
from helpdesk.database.db_manager import DbManager
from helpdesk.demo.macros import MACROS, DemoMacro
from helpdesk.models import Macro


def write_demo_macros(database: DbManager, known: Mapping[str, Actor]) -> None:
    """Keep them all in one transaction."""
    with database.writing() as session:
        session.add_all(_macro(each, known) for each in MACROS)


def _macro(demo: DemoMacro, known: Mapping[str, Actor]) -> Macro:
    return Macro(
        folder=demo.folder,
        name=demo.name,
        name_folded=folded(demo.name),
        body=demo.body,
        internal=demo.internal,
        actions=demo.actions.model_dump_json(exclude_defaults=True),
        shared=Shared.PRIVATE if demo.own else Shared.ALL,
        owner_id=known["bob" if demo.own else "charlie"].id,
        used=demo.used,
        version=1,
    )
