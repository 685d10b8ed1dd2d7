# SPDX-License-Identifier: GPL-3.0-or-later
"""``permissions``: which role has which right, and which right each operation asks for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from helpdesk.client.help_desk import SERVICES
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import complain, say
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.permissions import GROUPS, PERMISSIONS, Permission
from helpdesk.core.schemas.users import Role

_DIFFERS = (
    "{file} is not what this version has; write it anew with: helpdesk permissions --output {file}"
)
_HEAD = """\
# Who may do what

A role is a set of rights, and every operation of the program and of its API asks for one of them,
or is open to who is not signed in. The table is data of one module,
`helpdesk/core/permissions.py`, and the desk checks it at each call, whatever a window shows.
Beyond a right, it counts whose something is: of tickets, users see their own alone, and what
somebody may not see looks as if it did not exist. An API key has the rights that are among its
scopes and its owner's at once, save for what is for people only: what decides how people get in
(mail, directory, single sign-on, rules of signing in), and one's own password, second factor and
sessions. This page is written by `helpdesk permissions --output
docs/permissions.md`; admins see the table in the settings, under Roles and rights.
"""


def run(_place: Place, options: argparse.Namespace) -> int:
    """Print the tables, write them to a file, or compare a file with them."""
    text = permissions_text()
    if options.check is not None:
        if options.check.read_text(encoding="utf-8") != text:
            complain(_DIFFERS.format(file=options.check))
            return 1
        return 0
    if options.output is None:
        say(text.rstrip("\n"))
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


def permissions_text() -> str:
    """Return the tables as Markdown."""
    return "\n".join([_HEAD, *_rights(), "", *_operations()])


def _rights() -> Iterator[str]:
    yield "## Roles and rights\n"
    yield _row("Right", *(role.label for role in Role), "What it allows")
    yield _row("---", *(":-:" for _ in Role), "---")
    for title, rights in GROUPS.items():
        yield _row(f"**{title}**", *("" for _ in Role), "")
        for right in rights:
            marks = ("✓" if right in PERMISSIONS[role] else "" for role in Role)
            yield _row(f"`{right.value}`", *marks, right.meaning)


def _operations() -> Iterator[str]:
    yield "## Operations and the right that each asks for\n"
    for service in SERVICES:
        yield f"### {service.__name__}\n"
        yield _row("Operation", "Route", "Right", "What it does")
        yield _row("---", "---", "---", "---")
        for operation in operations_of(service).values():
            yield _operation(operation)
        yield ""


def _operation(operation: Operation) -> str:
    declaration = operation.declaration
    right = declaration.permission
    return _row(
        f"`{operation.name}`",
        f"`{declaration.method} {declaration.path}`",
        _asked_for(right, people_only=declaration.people_only),
        operation.summary.replace("|", "\\|"),
    )


def _asked_for(right: Permission | None, *, people_only: bool) -> str:
    if right is None:
        return "nobody needs to be signed in"
    return f"`{right.value}`, people only" if people_only else f"`{right.value}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
