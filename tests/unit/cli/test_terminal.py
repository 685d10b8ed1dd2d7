# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command tells while it works, on a terminal and elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from helpdesk.commands import terminal


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    seconds = [100.0]
    monkeypatch.setattr(terminal, "monotonic", lambda: seconds[0])
    return seconds


def test_elsewhere_there_is_now_and_then_a_line(clock, capsys):
    with terminal.progress("Making tickets", "tickets") as report:
        report(0, 1000)
        clock[0] += 1
        report(100, 1000)
        assert capsys.readouterr().err == ""
        clock[0] += 9
        report(250, 1000)
    assert capsys.readouterr().err == ("Making tickets: 25%, 25 tickets/s, about 30 s left\n")


def test_long_waits_are_told_in_minutes(clock, capsys):
    with terminal.progress("Making tickets", "tickets") as report:
        report(0, 1000)
        clock[0] += 10
        report(10, 1000)
    assert "about 16 min 30 s left" in capsys.readouterr().err


def test_a_terminal_shows_a_bar(monkeypatch):
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.progress("Making tickets", "tickets") as report:
        report(500, 1000)
    assert "Making tickets" in screen.getvalue()
    assert "50%" in screen.getvalue()


def test_steps_that_are_not_alike_have_no_speed(clock, capsys):
    with terminal.progress("Checking", None) as report:
        report(12, 30)
        clock[0] += 12
        report(18, 30)
    assert capsys.readouterr().err == "Checking: 60%, about 24 s left\n"


def test_without_a_console_nothing_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "stdin", None)
    terminal.say("lost")
    with terminal.progress("Copying", "pages") as report:
        report(1, 2)
    assert not terminal.can_ask()


def test_what_the_terminal_cannot_show_is_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.say("Žofie\a")
    stream.seek(0)
    assert stream.read() == "\\u017dofie\\x07\n"


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("YES\n", True), ("", False)])
def test_only_yes_is_yes(monkeypatch, capsys, answer, agreed):
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert terminal.agrees("Really?") is agreed
    assert capsys.readouterr().err == "Really? [y/N]\n"
