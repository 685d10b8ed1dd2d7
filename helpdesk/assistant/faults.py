# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a model gave no whole answer, as a kind to act on and a sentence to read."""

from __future__ import annotations

import math
from enum import StrEnum

from helpdesk.core.errors import DeskError


class FaultKind(StrEnum):
    """What went wrong."""

    OFF = "off"
    """There is no endpoint, or it was closed."""
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    REFUSED_KEY = "refused_key"
    UNKNOWN_MODEL = "unknown_model"
    TOO_LONG = "too_long"
    """What was asked does not fit the model's context."""
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    """The request is one that the server does not take, or it sends it elsewhere."""
    BROKEN = "broken"
    """What came is not the protocol, or cannot be read."""
    TRUNCATED = "truncated"
    """The answer stopped before its end."""
    RESTING = "resting"
    """It failed too often of late and was not asked."""
    BUSY = "busy"
    """Too many of our own requests are under way."""
    TOO_LARGE = "too_large"


_ONCE_MORE_HELPS = frozenset(
    {
        FaultKind.UNREACHABLE,
        FaultKind.TIMEOUT,
        FaultKind.RATE_LIMITED,
        FaultKind.OVERLOADED,
        FaultKind.BROKEN,
        FaultKind.TRUNCATED,
        FaultKind.RESTING,
        FaultKind.BUSY,
        FaultKind.TOO_LARGE,
    }
)


class ModelFault(DeskError):
    """No whole answer came from a model; ``partial`` is what of it did."""

    def __init__(
        self,
        kind: FaultKind,
        sentence: str,
        *,
        retry_after: float | None = None,
        partial: str = "",
        detail: str = "",
        counts: tuple[int, int] | None = None,
        is_lasting: bool = False,
    ) -> None:
        """Keep what happened; seconds to wait are rounded up."""
        seconds = None if retry_after is None else math.ceil(retry_after)
        super().__init__(sentence, retry_after=seconds)
        self.kind = kind
        self.sentence = sentence
        self.partial = partial
        self.detail = detail
        """What the server said itself, on one line, for whoever looks after the endpoint."""
        self.counts = counts
        """Tokens of the prompt and of the context, where the server told why it is too long."""
        self.is_lasting = is_lasting
        """Whether it stays until the settings change, so that asking again is of no use."""

    @property
    def retry_possible(self) -> bool:
        """Whether the same request may succeed later without a change of settings or text."""
        return self.kind in _ONCE_MORE_HELPS and not self.is_lasting


class FormRefused(ModelFault):
    """The server does not know the form that was asked for, such as an answer by a schema."""
