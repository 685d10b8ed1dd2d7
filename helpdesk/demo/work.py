# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around the tickets of a demo desk: fields, checklists, time, and what comes again."""

from __future__ import annotations

from typing import Final, NamedTuple

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.ticket_work import FieldKind


class DemoField(NamedTuple):
    """One field of the desk's own, in some categories, and the values that tickets get in turn."""

    key: str
    name: str
    help: str
    kind: FieldKind
    categories: tuple[str, ...]
    values: tuple[str, ...]
    staff_only: bool = False


class DemoRecurrence(NamedTuple):
    """One ticket that is opened again and again, at an hour of the office."""

    name: str
    subject: str
    description: str
    category: str
    rule: str
    hour: int
    tasks: tuple[str, ...]
    tags: tuple[str, ...]
    priority: Priority = Priority.MEDIUM


FIELDS: Final = (
    DemoField(
        "device",
        "Device",
        "The name on the sticker at its side, such as NB-4711",
        FieldKind.TEXT,
        ("Hardware", "Printing", "Phones"),
        ("NB-4711", "PC-1138", "PR-0302", "NB-2207", "PC-0815"),
    ),
    DemoField(
        "building",
        "Building",
        "",
        FieldKind.CHOICE,
        ("Hardware", "Network", "Printing"),
        ("North wing", "South wing", "Warehouse", "At home"),
    ),
    DemoField(
        "supplier-case",
        "Supplier's case",
        "The number under which the supplier works on it",
        FieldKind.TEXT,
        (),
        ("C-20418",),
        staff_only=True,
    ),
)

CHECKLISTS: Final = (
    ("Ask for the exact message", "Try it with another account", "Write down what helped"),
    ("Check the cable and the socket", "Restart", "Compare with a neighbour's", "Tell the user"),
    ("Look at the logs", "Order the spare part"),
)
"""Tickets get one of these in turn; each with one task done more than the one before it."""

NOTES: Final = (
    ("Talked on the telephone", 12),
    ("Looked at it at the desk", 35),
    ("", 8),
    ("Searched the logs", 50),
    ("Second visit", 25),
)
"""What was done, and for how many minutes."""

RECURRENCES: Final = (
    DemoRecurrence(
        "Test of the backups",
        "Test: restore one folder from last night's backup",
        "Restore a folder of your choice to the test server and open three files of it.",
        "Other",
        "FREQ=WEEKLY;BYDAY=MO",
        8,
        ("Choose a folder", "Restore it", "Open three files", "Write down how long it took"),
        ("backup",),
    ),
    DemoRecurrence(
        "Updates of the servers",
        "Install the updates of this month",
        "In the maintenance window; tell the teams the day before.",
        "Software",
        "FREQ=MONTHLY;BYDAY=2TU",
        18,
        ("Tell the teams", "Install on the test server", "Install on the others"),
        ("updates",),
        Priority.HIGH,
    ),
)
