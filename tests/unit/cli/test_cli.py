# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line itself: usage, exit codes, and what it costs to start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk import __version__, cli
from helpdesk.cli import main
from helpdesk.core.errors import Damaged, Invalid
from helpdesk.core.paths import DataFolder
from tests.unit.cli.conftest import Run


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Help Desk {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["--fly"],
        ["init-db", "--tickets", "-1"],
        ["init-db", "--tickets", "many"],
        ["backup"],
        ["user"],
        ["user", "add", "zoe"],
        ["user", "add", "zoe", "--name", "Zoe", "--role", "king"],
        ["import"],
        ["import", "users"],
        ["import", "tickets", "f.csv", "--map", "subject"],
        ["import", "tickets", "f.csv", "--map", "colour=title"],
        ["import", "tickets", "f.csv", "--delimiter", "ab"],
        ["import", "tickets", "f.csv", "--delimiter", '"'],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
        ["serve", "--workers", "0"],
        ["serve", "--workers", "65"],
        ["openapi", "--check", "a.json", "--output", "b.json"],
        ["permissions", "--check", "a.md", "--output", "b.md"],
        ["copy-db", "only.db"],
        ["jobs"],
        ["jobs", "run", "--once", "--loop"],
        ["--server", "https://desk.example", "user", "list"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: helpdesk" in capsys.readouterr().err


def test_without_a_command_the_window_opens(monkeypatch, tmp_path):
    opened: list[object] = []

    class App:
        @staticmethod
        def main(*arguments: object, server: str | None) -> int:
            opened.extend([*arguments, server])
            return 7

    monkeypatch.setitem(sys.modules, "helpdesk.app", App)
    settings = tmp_path / "own.toml"
    assert main(["--data-dir", str(tmp_path), "--config", str(settings)]) == 7
    assert opened == [DataFolder(tmp_path), settings, [], None]
    opened.clear()
    assert main(["--data-dir", str(tmp_path), "--server", "https://desk.example"]) == 7
    assert opened == [DataFolder(tmp_path), None, [], "https://desk.example"]


def test_data_dir_is_understood_after_the_command_too(run_in: Run, folder: DataFolder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    assert run_in(elsewhere, "user", "list", "--data-dir", folder.path).code == 0
    assert run_in(elsewhere, "user", "list").code == 1


def test_config_names_the_settings(run_in: Run, folder: DataFolder, tmp_path):
    settings = tmp_path / "own.toml"
    settings.write_text("[logging]\nlevel = 'LOUD'\n")
    outcome = run_in(folder.path, "user", "list", "--config", settings)
    assert outcome.code == 1
    assert "logging.level" in outcome.err
    assert run_in(folder.path, "user", "list", "--config", tmp_path / "none.toml").code == 1


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (Invalid("Say more."), 1, "Say more.\n"),
        (Damaged("It is broken."), 3, "It is broken.\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "/x/y cannot be used: Permission"),
    ],
    ids=["failed", "damage", "ctrl-c", "system"],
)
def test_errors_are_one_line_and_an_exit_code(run: Run, monkeypatch, error, code, sentence):
    def fail(*_arguments: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_action", lambda _options: fail)
    outcome = run("user", "list")
    assert outcome.code == code
    assert outcome.err.startswith(sentence)
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def test_a_missing_desk_is_told_with_the_remedy(run_in: Run, tmp_path):
    for command in (["user", "list"], ["check-db"], ["backup", "b.db"], ["upgrade-db"]):
        outcome = run_in(tmp_path, *command)
        assert outcome.code == 1
        assert "helpdesk init-db" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_locked_desk_is_told(run: Run, folder: DataFolder, monkeypatch):
    import sqlite3

    monkeypatch.setenv("HELPDESK_DATABASE__BUSY_TIMEOUT_SECONDS", "0.05")
    holder = sqlite3.connect(folder.database, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        outcome = run("user", "add", "zoe", "--name", "Zoe Quist")
    finally:
        holder.close()
    assert outcome.code == 1
    assert outcome.err.startswith("Another program is writing to this desk")
    assert "zoe" not in run("user", "list").out


@pytest.mark.skipif(os.name != "posix", reason="only there a name may be no text")
@pytest.mark.parametrize("arguments", [("check-db",), ("user", "list"), ("init-db",)], ids=" ".join)
def test_a_folder_whose_name_is_no_text_is_told(run_in: Run, tmp_path, arguments):
    outcome = run_in(tmp_path / "\udcff", *arguments)
    assert outcome.code == 1
    assert outcome.err.startswith("The name of the data folder or the database holds bytes")
    assert list(tmp_path.iterdir()) == []


def test_control_characters_do_not_steer_the_terminal(run: Run):
    outcome = run("user", "password", "evil\x1b[2J\u202e")
    assert outcome.code == 1
    assert "\x1b" not in outcome.err
    assert "evil\\x1b[2J\\u202e" in outcome.err


def _python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(cli.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_starting_loads_nothing_heavy():
    code = "import sys, helpdesk.cli; helpdesk.cli._parser(); print(*sys.modules)"
    loaded = set(_python(code).stdout.split())
    assert "argparse" in loaded
    heavy = {"PyQt5", "sqlalchemy", "pydantic", "alembic", "rich", "bcrypt", "platformdirs"}
    heavy |= {"fastapi", "uvicorn", "httpx", "prometheus_client", "multiprocessing"}
    assert heavy & loaded == set()


def test_a_reader_that_goes_away_is_no_traceback(folder: DataFolder):
    code = (
        "import sys; from helpdesk.cli import main\n"
        "import os; read, write = os.pipe(); os.dup2(write, 1); os.close(write); os.close(read)\n"
        "sys.exit(0 if main(['--data-dir', sys.argv[1], 'user', 'list']) == 1 else 5)"
    )
    assert _python(code, str(folder.path)).stderr == ""
