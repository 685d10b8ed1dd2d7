# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that an admin changes in the window: what the environment sets is fixed.

The environment comes first, then what the desk keeps of an admin's changes, then the files.
Secrets are kept in the keyring of this machine and never in the desk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import with_keyring
from helpdesk.core.settings import fixed_by_environment

S = TypeVar("S", bound=BaseModel)
FIXED = "The environment sets this; change it there."


def read_kept(kept: str | None) -> dict[str, Any]:
    """Return what the desk keeps of a section as its fields."""
    found = json.loads(kept) if kept else {}
    return found if isinstance(found, dict) else {}


def fixed_names(section: str, own: BaseModel) -> set[str]:
    """Return the fields of a section that the environment sets."""
    return fixed_by_environment(section) & type(own).model_fields.keys()


def in_force(name: str, own: S, kept: str | None) -> tuple[S, frozenset[str]]:
    """Return a section as it is in force, and which of its fields the environment sets.

    The environment comes first, then what is kept in the desk, then files.
    """
    fixed = frozenset(fixed_names(name, own))
    changed = {key: value for key, value in read_kept(kept).items() if key not in fixed}
    try:
        return type(own).model_validate({**own.model_dump(), **changed}), fixed
    except ValueError:  # kept by a newer program
        return own, fixed


def kept_after(before: str | None, section: BaseModel, names: Set[str]) -> str:
    """Return what is kept in the desk once some fields have changed."""
    values = section.model_dump(mode="json")
    return json.dumps({**read_kept(before), **{name: values[name] for name in sorted(names)}})


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


class KeptSecret(NamedTuple):
    """The secret of a section, which belongs to one account and is given for no other."""

    service: str
    account: str
    given: str
    """What environment or files say for this account, empty where that is nothing."""
    is_fixed: bool
    """Whether the environment says what it is, be it nothing."""

    def found(self) -> tuple[str, str]:
        """Return the secret and where it is kept; both empty where there is none.

        May wait for the keyring: never within a transaction, nor on a window's main thread.
        """
        if self.given:
            return self.given, "environment" if self.is_fixed else "file"
        kept = secret_of(self.service, self.account)
        return (kept, "keyring") if kept else ("", "")

    def keep(self, secret: str, field: str, *, form: str, no_keyring: str) -> None:
        """Keep it in the keyring, an empty one by taking it away.

        Raises ``Invalid`` with one of the sentences.
        """
        if not secret.isprintable():
            raise Invalid(form, field=field)
        if not keep_secret(self.service, self.account, secret):
            raise Invalid(no_keyring, field=field)


def secret_for(service: str, account: str, given: tuple[str, str], *, is_fixed: bool) -> KeptSecret:
    """Return the secret of an account; ``given`` is that of environment and files, and its own."""
    theirs, secret = given
    is_same = theirs == account
    return KeptSecret(service, account, secret if is_same else "", is_fixed and is_same)
