# SPDX-License-Identifier: GPL-3.0-or-later
"""What anybody may ask for is asked for only so often from one place."""

from __future__ import annotations

import httpx
import pytest

from helpdesk.server import pace


def test_strangers_begin_sign_ins_in_the_browser_only_so_often(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pace, "MOST_A_MINUTE", 3)

    def asked(**there: str) -> int:
        begin = {"redirect_uri": "http://127.0.0.1:51234/"}
        place = f"{url}/api/v1/session/single-sign-on"
        with httpx.Client(trust_env=False) as stranger:
            return stranger.post(place, json=begin, headers=there).status_code

    # It is not set up here; that is looked at after how often somebody asks.
    far = {"X-Forwarded-For": "203.0.113.9"}
    assert [asked(**far) for _ in range(4)] == [403, 403, 403, 429]
    # Who sits at the machine itself is no stranger.
    assert asked() == 403
