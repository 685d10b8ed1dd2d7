# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role the groups of somebody give them, as an admin has written it in a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.directory import GroupRole
from helpdesk.core.schemas.users import Role

NO_ROLE = ""
"""What is kept where nobody gets a role by default."""
_RANKS = {role: rank for rank, role in enumerate(Role)}
_BLANKS = re.compile(r"\s*([,=+])\s*")
_TWICE = "The group {group} stands there twice; leave one of them out."
_EMPTY = "Name the group, or leave the line out."


def same_name(text: str) -> str:
    """Return a name of a group such that those that mean the same are the same.

    Directories take no notice of case, nor of blanks between the parts of a whole name.
    """
    return _BLANKS.sub(r"\1", text.strip()).casefold()


def role_of(groups: Iterable[str], table: Mapping[str, Role], default: Role | str) -> Role | None:
    """Return the highest role that groups give, else the default, else ``None``."""
    given = {same_name(group): role for group, role in table.items()}
    own = [given[name] for name in map(same_name, groups) if name in given]
    if own:
        return max(own, key=_RANKS.__getitem__)
    return Role(default) if default else None


def table_of(rows: Iterable[GroupRole]) -> dict[str, str]:
    """Return rows as they are kept. Raises ``Invalid`` for a group without a name, or twice."""
    found: dict[str, str] = {}
    names: set[str] = set()
    for row in rows:
        name = same_name(row.group)
        if not name:
            raise Invalid(_EMPTY, field="group_roles")
        if name in names:
            raise Invalid(_TWICE.format(group=row.group), field="group_roles")
        names.add(name)
        found[row.group.strip()] = row.role.value
    return found


def rows_of(table: Mapping[str, Role]) -> tuple[GroupRole, ...]:
    """Return a table as admins see it, the highest roles first."""
    rows = sorted(table.items(), key=lambda row: (-_RANKS[row[1]], row[0].casefold()))
    return tuple(GroupRole(group=group, role=role) for group, role in rows)
