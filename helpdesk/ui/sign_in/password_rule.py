# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new password has to be like, said before it is typed and looked at before it is sent."""

from __future__ import annotations

_RULE = "At least {least} characters; a few words are best."
_RULE_UNKNOWN = "A few words are best."
_TOO_SHORT = "Choose a password of at least {least} characters; a few words are best."
DIFFERENT = "The two passwords differ; type the same twice."


def rule_words(least: int) -> str:
    """Say the rule; 0 where the desk does not tell how many characters it asks for."""
    return _RULE.format(least=least) if least else _RULE_UNKNOWN


def problem_of(password: str, again: str, least: int) -> str:
    """Return what is wrong with a new password typed twice: its length before all else."""
    if len(password) < least:
        return _TOO_SHORT.format(least=least)
    return "" if password == again else DIFFERENT
