# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the address of a server before anything is sent there."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from helpdesk.core.errors import Invalid

_PORTS = {"https": 443, "http": 80}
_FORM = "Write the server's address as https://desk.example.org."
_NO_TLS = (
    "http:// would send passwords in clear to {host}; write the address with https://,"
    " http:// is for a server on this machine only."
)
_NO_PERSON = "Leave name and password out of the server's address; you are asked for them."


class ServerAddress(NamedTuple):
    """The address of a server, in one spelling, and what people call it."""

    url: str
    host: str

    @classmethod
    def parse(cls, text: str) -> ServerAddress:
        """Read an address. Raises ``Invalid`` with the remedy, also for one without TLS."""
        split = _split(text.strip())
        name, port = _name_and_port(split)
        if split.scheme == "http" and not _is_this_machine(name):
            raise Invalid(_NO_TLS.format(host=name), field="server")
        shown = f"[{name}]" if ":" in name else name
        if port != _PORTS[split.scheme]:
            shown = f"{shown}:{port}"
        return cls(f"{split.scheme}://{shown}{split.path.rstrip('/')}", shown)


def _split(text: str) -> SplitResult:
    # urlsplit would leave out line breaks, and take a backslash for a part of the name.
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in text):
        raise Invalid(_FORM, field="server")
    try:
        split = urlsplit(text)
    except ValueError as error:
        raise Invalid(_FORM, field="server") from error
    if split.scheme not in _PORTS or split.query or split.fragment or "%" in split.netloc:
        raise Invalid(_FORM, field="server")
    if "@" in split.netloc:
        raise Invalid(_NO_PERSON, field="server")
    return split


def _name_and_port(split: SplitResult) -> tuple[str, int]:
    try:
        name, port = split.hostname or "", split.port
        # A name that the resolver cannot even be asked for.
        name.encode("idna")
    except ValueError as error:
        raise Invalid(_FORM, field="server") from error
    if not name or port == 0:
        raise Invalid(_FORM, field="server")
    return name, port or _PORTS[split.scheme]


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
