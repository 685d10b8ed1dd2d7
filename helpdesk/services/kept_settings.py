# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that an admin changes in the window: what the environment sets is fixed.

The environment comes first, then what the desk keeps of an admin's changes, then the files.
Secrets are kept in the keyring of this machine and never in the desk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

from pydantic import BaseModel

from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import with_keyring
from helpdesk.core.settings import fixed_by_environment

FIXED = "The environment sets this; change it there."


def read_kept(kept: str | None) -> dict[str, Any]:
    """Return what the desk keeps of a section as its fields."""
    found = json.loads(kept) if kept else {}
    return found if isinstance(found, dict) else {}


def fixed_names(section: str, own: BaseModel) -> set[str]:
    """Return the fields of a section that the environment sets."""
    return fixed_by_environment(section) & type(own).model_fields.keys()


def wanted_of(
    change: BaseModel, section: BaseModel, fixed: Set[str], *, without: str
) -> dict[str, Any]:
    """Return what a change sets, its secret apart. Raises ``Invalid`` for what is fixed."""
    wanted = change.model_dump(exclude_unset=True, exclude={without}, mode="json")
    wanted = {name: value for name, value in wanted.items() if value is not None}
    present: Mapping[str, Any] = section.model_dump(mode="json")
    for name in wanted.keys() & fixed:
        if wanted[name] != present[name]:
            raise Invalid(FIXED, field=name)
    return wanted


def secret_of(service: str, account: str) -> str:
    """Return a secret from the keyring, or nothing; it may take as long as a person likes."""
    return with_keyring(lambda keyring: keyring.get_password(service, account)) or ""


def keep_secret(service: str, account: str, secret: str) -> bool:
    """Keep a secret in the keyring, an empty one by taking it away; return whether it is kept."""
    if not secret:
        with_keyring(lambda keyring: keyring.delete_password(service, account))
        return True
    with_keyring(lambda keyring: keyring.set_password(service, account, secret))
    return secret_of(service, account) == secret
