# SPDX-License-Identifier: GPL-3.0-or-later
"""How large files may be: an admin sets it, and it holds for the next file on every way in."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, TooLarge
from helpdesk.core.schemas.attachments import AttachmentLimitsChange, NewAttachment
from tests.conftest import SignIn

MB = 1024 * 1024
both = pytest.mark.desk_kinds("local-sqlite", "http-postgresql")


def sent(desk: HelpDesk, size: int | None) -> None:
    """Begin to send a file, and leave it."""
    desk.attachments.discard(desk.attachments.begin(NewAttachment(name="a.log", size=size)).key)


@both
def test_a_limit_holds_at_once_and_goes_back_to_that_of_the_files(sign_in: SignIn):
    alice, dana = sign_in("alice"), sign_in("dana")
    assert alice.attachments.limits().limit_mb == 25
    sent(alice, 25 * MB)
    changed = dana.attachments.change_limits(AttachmentLimitsChange(limit_mb=3))
    assert (changed.limit_mb, changed.default_mb) == (3, 25)
    assert alice.attachments.limits() == changed
    with pytest.raises(TooLarge, match="at most 3 MB"):
        alice.attachments.begin(NewAttachment(name="a.log", size=3 * MB + 1))
    sent(alice, 3 * MB)
    dana.attachments.change_limits(AttachmentLimitsChange(limit_mb=25))
    sent(alice, 25 * MB)


@pytest.mark.parametrize("wrong", [0, 1025])
def test_a_limit_that_no_desk_can_have_is_none(wrong: int):
    with pytest.raises(ValidationError):
        AttachmentLimitsChange(limit_mb=wrong)


@pytest.mark.desk_kinds("local-sqlite")
def test_what_the_environment_sets_is_fixed(
    embedded: EmbeddedDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    dana = sign_in("dana")
    monkeypatch.setenv("HELPDESK_ATTACHMENTS__LIMIT_MB", "25")
    assert dana.attachments.limits().fixed == ("limit_mb",)
    with pytest.raises(Invalid, match="environment"):
        dana.attachments.change_limits(AttachmentLimitsChange(limit_mb=5))
