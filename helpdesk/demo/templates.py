# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates for tickets of a demo desk: what comes again and needs the same answers."""

from __future__ import annotations

from typing import Final, NamedTuple

from helpdesk.core.schemas.base import Priority


class DemoTemplate(NamedTuple):
    """One template; its category by its name."""

    name: str
    subject: str
    description: str
    category: str
    priority: Priority = Priority.MEDIUM
    tags: tuple[str, ...] = ()
    staff_only: bool = False


TEMPLATES: Final = (
    DemoTemplate(
        "VPN problem",
        "VPN:",
        "Where are you (office, at home, elsewhere):\n"
        "Since when:\n"
        "What the VPN program says, word for word:\n"
        "Does the internet work without it:",
        "Network",
        tags=("vpn",),
    ),
    DemoTemplate(
        "Access to a folder or program",
        "Access for {{ ticket.requester.name }}:",
        "Folder or program:\n"
        "To read only, or to change as well:\n"
        "Needed from {{ tomorrow }} on, until:\n"
        "Who agrees to it (name of the manager):",
        "Access",
        tags=("access-request",),
    ),
    DemoTemplate(
        "Laptop order",
        "A laptop for {{ ticket.requester.name }}",
        "Cost centre:\n"
        "Reason (new, replacement of NB-…):\n"
        "Special programs:\n"
        "Needed by: {{ in_a_week }}",
        "Hardware",
        Priority.LOW,
        tags=("order",),
    ),
    DemoTemplate(
        "New starter",
        "New starter:",
        "Full name:\n"
        "First day:\n"
        "Team and manager:\n"
        "Desk and building:\n\n"
        "To do: account, mail box, groups, laptop, phone, key card.\n"
        "Written by {{ me.name }} on {{ today }}.",
        "Access",
        Priority.HIGH,
        tags=("onboarding",),
        staff_only=True,
    ),
)
