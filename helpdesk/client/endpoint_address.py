# SPDX-License-Identifier: GPL-3.0-or-later
"""Says of a model's address how far it lies, at each keystroke and without asking anybody."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from helpdesk.assistant.settings import EndpointAddress
from helpdesk.core.errors import Invalid

_OR_OWN = "If that name lies in your network, say so under Advanced."


class TypedAddress(NamedTuple):
    """What can be said of an address that somebody types."""

    host: str = ""
    """Host and port as people call it, empty where there is none yet."""
    reach: str = ""
    """As in ``AssistantSettings``: 'loopback', 'private', 'public', or '' where nobody knows."""
    problem: str = ""


def address_of(text: str, *, private: bool) -> TypedAddress:
    """Read what is typed; ``private`` says that the name in it lies in the own network."""
    if not text:
        return TypedAddress()
    try:
        address = EndpointAddress.parse(text, (name_in(text),) if private else ())
    except Invalid as error:
        return TypedAddress(problem=_problem(text, str(error)))
    return TypedAddress(address.host, address.reach.value)


def name_in(text: str) -> str:
    """Return the name of the host in an address, however far it is typed."""
    try:
        return urlsplit(text.strip()).hostname or ""
    except ValueError:
        return ""


def _problem(text: str, sentence: str) -> str:
    """Return what is wrong, and the other remedy where the name lies in the own network."""
    try:
        EndpointAddress.parse(text, (name_in(text),))
    except Invalid:
        return sentence
    return f"{sentence} {_OR_OWN}"
