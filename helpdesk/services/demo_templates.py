# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the templates for tickets of a demo desk."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.core.schemas.templates import TemplateSettings
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.database.db_manager import DbManager
from helpdesk.demo.templates import TEMPLATES
from helpdesk.models import TicketTemplate
from helpdesk.services.templates import columns_of


def write_demo_templates(database: DbManager, categories: Iterable[CategoryView]) -> None:
    """Keep them all in one transaction."""
    ids = {each.name: each.id for each in categories}
    with database.writing() as session:
        for position, demo in enumerate(TEMPLATES, start=1):
            settings = TemplateSettings(
                name=demo.name,
                subject=demo.subject,
                description=demo.description,
                category_id=ids.get(demo.category),
                priority=demo.priority,
                tags=demo.tags,
                staff_only=demo.staff_only,
            )
            session.add(TicketTemplate(position=position, version=1, **columns_of(settings)))
