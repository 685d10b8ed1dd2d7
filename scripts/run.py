#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens Help Desk from a checkout, with demo data, after setting up what it needs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import bootstrap

_DESCRIPTION = "Set up what Help Desk needs, make a demo desk the first time, and open the window."
_EPILOG = "What stands after -- goes to helpdesk: scripts/run.py -- --server https://desk.example"

# Options of helpdesk that say where the desk is, so that no demo desk is wanted.
_PLACES = ("--server", "--data-dir", "--config")


def main(arguments: list[str]) -> int:
    """Do what the command line asks for and return the exit code."""
    own, passed_on = split_arguments(arguments)
    options = _parser().parse_args(own)
    if options.tour:
        return _take_tour(bootstrap.prepare("runtime", "offscreen"), options.tour)
    if names_a_command(passed_on):
        python = bootstrap.prepare("runtime", "offscreen")
        return _start(passed_on, _data_folder(options.data_dir, python))
    if names_a_place(passed_on):
        bootstrap.prepare("runtime", "xcb")
        return _start(passed_on, options.data_dir)
    return _open_demo_desk(options.data_dir, passed_on)


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is meant for this script, and what stands after ``--``."""
    if "--" not in arguments:
        return list(arguments), []
    at = arguments.index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


def names_a_place(arguments: Sequence[str]) -> bool:
    """Tell whether helpdesk's arguments say which desk to open."""
    return any(word.split("=")[0] in _PLACES for word in arguments)


def names_a_command(arguments: Sequence[str]) -> bool:
    """Tell whether helpdesk's arguments ask for something else than the window."""
    words = iter(arguments)
    for word in words:
        if word in _PLACES:
            next(words, None)
        elif not word.startswith("-") or word in {"-h", "--help", "--version"}:
            return True
    return False


def has_display(variables: Mapping[str, str], system: str = sys.platform) -> bool:
    """Tell whether a window could be seen."""
    if not system.startswith("linux"):
        return True
    if variables.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep the desk in this folder")
    parser.add_argument(
        "--tour",
        type=Path,
        metavar="DIR",
        nargs="?",
        const=bootstrap.ROOT / "tour",
        help="draw every screen into this folder instead (default: tour)",
    )
    return parser


def _open_demo_desk(data_dir: Path | None, passed_on: Sequence[str]) -> int:
    seen = has_display(os.environ)
    python = bootstrap.prepare("runtime", "xcb" if seen else "offscreen")
    folder = _data_folder(data_dir, python)
    code = _make_demo_desk(folder)
    if code != 0:
        return code
    if seen:
        return _start(passed_on, folder)
    bootstrap.say("There is no display to open a window on, so every screen is drawn to a file.")
    return _take_tour(python, bootstrap.ROOT / "tour")


def _data_folder(named: Path | None, python: Path) -> Path | None:
    """Return the folder of the demo desk; None leaves the choice to the person's environment."""
    if named or os.environ.get("HELPDESK_DATA_DIR"):
        return named
    code = "from helpdesk.core.paths import DataFolder; print(DataFolder.locate().path)"
    answer = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return Path(answer.stdout.strip()) / "demo-desk"


def _make_demo_desk(folder: Path | None) -> int:
    command = _helpdesk(folder, ["init-db", "--demo", "--if-missing"])
    return subprocess.run(command, check=False).returncode


def _start(arguments: Sequence[str], folder: Path | None) -> int:
    return bootstrap.become(_helpdesk(folder, arguments))


def _helpdesk(folder: Path | None, arguments: Sequence[str]) -> list[str]:
    place = ["--data-dir", str(folder)] if folder else []
    return [str(bootstrap.program("helpdesk")), *place, *arguments]


def _take_tour(python: Path, folder: Path) -> int:
    script = bootstrap.ROOT / "scripts" / "screenshots.py"
    variables = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [str(python), str(script), "--output", str(folder.absolute())]
    code = subprocess.run(command, env=variables, check=False).returncode
    if code == 0:
        bootstrap.say(f"The pictures are in {folder.absolute()}")
    return code


if __name__ == "__main__":
    bootstrap.run_script(main)
