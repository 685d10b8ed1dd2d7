# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluation against a real llama.cpp server: the whole way, whatever the words are worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpdesk.cli import main
from tests.llama_server import llama_server, needs_llama

pytestmark = needs_llama


def test_every_answer_of_a_real_server_is_valid_and_no_attack_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "report.json"
    with llama_server(context=8192) as server:
        arguments = ["--endpoint", server.url, "--limit", "6", "--tickets", "40"]
        code = main(["assistant", "evaluate", *arguments, "--json", str(file)])
    out, err = capsys.readouterr()
    report = json.loads(file.read_text("utf-8"))
    assert (code, report["valid"]) == (0, {"right": 6, "of": 6}), out + err
    assert (report["breached"], report["attacks"] > 0) == (0, True)
    assert report["model"] == server.model
    assert report["prompt_tokens"] > 0
    assert "Valid answers" in out
