# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the address of a server, before anything is sent there, in one strict way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from helpdesk.core.errors import Invalid

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*\.?")


class WebAddress(NamedTuple):
    """An address in its parts; ``shown`` is what people call it: name and unusual port."""

    scheme: str
    name: str
    shown: str
    path: str


@dataclass(frozen=True)
class AddressReader:
    """Reads addresses for one setting, whose own sentences say what is wrong."""

    field: str
    form: str
    """How an address has to look."""
    no_person: str
    """That name and password do not belong there."""

    def read(self, text: str) -> WebAddress:
        """Return the parts of an address. Raises ``Invalid`` with the remedy."""
        split = self._split(text.strip())
        name, port = self._name_and_port(split)
        shown = f"[{name}]" if ":" in name else name
        if port != _PORTS[split.scheme]:
            shown = f"{shown}:{port}"
        return WebAddress(split.scheme, name, shown, split.path)

    def _split(self, text: str) -> SplitResult:
        # urlsplit would leave out line breaks, and take a backslash for a part of the name.
        if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in text):
            raise self._wrong()
        try:
            split = urlsplit(text)
        except ValueError as error:
            raise self._wrong() from error
        if split.scheme not in _PORTS or "?" in text or "#" in text or "%" in split.netloc:
            raise self._wrong()
        if "@" in split.netloc:
            raise Invalid(self.no_person, field=self.field)
        return split

    def _name_and_port(self, split: SplitResult) -> tuple[str, int]:
        try:
            name, port = split.hostname or "", split.port
            # A name that the resolver cannot even be asked for.
            name.encode("idna")
        except ValueError as error:
            raise self._wrong() from error
        if not name or port == 0:
            raise self._wrong()
        return name, port or _PORTS[split.scheme]

    def _wrong(self) -> Invalid:
        return Invalid(self.form, field=self.field)


def is_host(text: str) -> bool:
    """Return whether a text is the name or the address of a machine, and nothing else."""
    try:
        ip_address(text)
    except ValueError:
        return _HOST.fullmatch(text) is not None
    return True
