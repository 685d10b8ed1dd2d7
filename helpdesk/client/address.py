# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the address of a server before anything is sent there."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.web_address import AddressReader

_FORM = "Write the server's address as https://desk.example.org."
_NO_TLS = (
    "http:// would send passwords in clear to {host}; write the address with https://,"
    " http:// is for a server on this machine only."
)
_NO_PERSON = "Leave name and password out of the server's address; you are asked for them."
_READER = AddressReader("server", _FORM, _NO_PERSON)


class ServerAddress(NamedTuple):
    """The address of a server, in one spelling, and what people call it."""

    url: str
    host: str

    @classmethod
    def parse(cls, text: str) -> ServerAddress:
        """Read an address. Raises ``Invalid`` with the remedy, also for one without TLS."""
        found = _READER.read(text)
        if found.scheme == "http" and not _is_this_machine(found.name):
            raise Invalid(_NO_TLS.format(host=found.name), field="server")
        return cls(f"{found.scheme}://{found.shown}{found.path.rstrip('/')}", found.shown)


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
