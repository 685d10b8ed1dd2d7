# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what one model endpoint is: its address, how it speaks, and how long it may take."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.web_address import AddressReader

_FORM = "Write the address of the model endpoint as https://models.example.org."
_NO_PERSON = "Leave name and password out of the endpoint's address; it is asked with its API key."
_NO_TLS = (
    "http:// would send tickets in clear to {host}; write the endpoint's address with https://,"
    " http:// is for this machine and the private network only."
)
_READER = AddressReader("url", _FORM, _NO_PERSON)
_ENDINGS = ("/chat/completions", "/completions", "/models", "/v1")
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class Dialect(StrEnum):
    """Which kind of server answers; they differ in what they take and in what they refuse."""

    MISTRAL = "mistral"
    OLLAMA = "ollama"
    LLAMA_CPP = "llama_cpp"
    VLLM = "vllm"
    OTHER = "other"


class Reach(StrEnum):
    """How far what is sent travels."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One model endpoint."""

    url: str
    """Its base address; ``/v1`` or ``/v1/chat/completions`` at the end may be there or not."""
    model: str
    key: str = field(default="", repr=False)
    dialect: Dialect = Dialect.OTHER
    native_system_role: bool = False
    """Whether the model's template knows a system role; else instructions go to the first turn."""
    context_tokens: int = 4096
    ca_file: str = ""
    """The certificate of a company's own authority; then it alone is trusted."""
    use_proxy: bool = False
    connect_seconds: float = 3.0
    first_token_seconds: float = 30.0
    """120 suits a server that loads its model within the first request."""
    idle_seconds: float = 20.0
    triage_seconds: float = 60.0
    chat_seconds: float = 180.0
    wait_seconds: float = 10.0
    at_once: int = 2
    private_names: tuple[str, ...] = ()
    """Host names that an administrator says stand in the private network."""

    @property
    def reach(self) -> Reach:
        """How far what is sent to it travels."""
        return reach_of(self.url, self.private_names)


class EndpointAddress(NamedTuple):
    """The checked address of an endpoint."""

    base: str
    """Where ``/v1/...`` is appended."""
    host: str
    """What people call it: host and port."""
    reach: Reach

    @classmethod
    def parse(cls, text: str, private_names: Collection[str] = ()) -> EndpointAddress:
        """Read an address. Raises ``Invalid`` with the remedy, also for one without TLS."""
        found = _READER.read(text)
        reach = _reach(found.name, private_names)
        if found.scheme == "http" and reach is Reach.PUBLIC:
            raise Invalid(_NO_TLS.format(host=found.shown), field="url")
        return cls(f"{found.scheme}://{found.shown}{_base_path(found.path)}", found.shown, reach)


def reach_of(url: str, private_names: Collection[str] = ()) -> Reach:
    """Return how far an address lies, without asking the network: an unknown name is public."""
    try:
        return _reach(_READER.read(url).name, private_names)
    except Invalid:
        return Reach.PUBLIC


def _base_path(path: str) -> str:
    path = path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending).rstrip("/")
    return path


def _reach(name: str, private_names: Collection[str]) -> Reach:
    if name.rstrip(".") == "localhost":
        return Reach.LOOPBACK
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        marked = {each.strip().casefold() for each in private_names}
        return Reach.PRIVATE if name.casefold() in marked else Reach.PUBLIC
    # ::ffff:10.0.0.1 goes where 10.0.0.1 goes.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return Reach.LOOPBACK
    return Reach.PRIVATE if any(address in network for network in _PRIVATE) else Reach.PUBLIC
