# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours that windows are drawn with: those of ``core.tokens``, which files share."""

from __future__ import annotations

from helpdesk.core.tokens import (
    CODE_DARK,
    CODE_LIGHT,
    DARK,
    LEGIBLE,
    LIGHT,
    Tokens,
    Tone,
    contrast,
    legible,
    luminance,
    mix,
)

__all__ = [
    "CODE_DARK",
    "CODE_LIGHT",
    "DARK",
    "LEGIBLE",
    "LIGHT",
    "Tokens",
    "Tone",
    "contrast",
    "legible",
    "luminance",
    "mix",
]
