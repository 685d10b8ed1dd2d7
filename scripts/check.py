#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every check that a change must pass, the same here and in continuous integration."""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import test as tests

import bootstrap

_API, _RIGHTS = "docs/openapi.json", "docs/permissions.md"
_LAYERS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def main(arguments: list[str]) -> int:
    """Run all steps, also after one has failed; return 1 if any has."""
    parser = argparse.ArgumentParser(description="Check format, lint, types, layers and tests.")
    parser.add_argument("--no-tests", action="store_true", help="leave the tests out")
    options = parser.parse_args(arguments)
    python = bootstrap.prepare("development", "offscreen")
    steps: dict[str, Callable[[], int]] = {
        "format": partial(_check, python, "-m", "ruff", "format", "--check"),
        "lint": partial(_check, python, "-m", "ruff", "check", "--quiet"),
        "types": partial(_check, python, "-m", "mypy"),
        "layers": partial(_check, python, "-c", _LAYERS),
        "api": partial(_check, python, "-m", "helpdesk", "openapi", "--check", _API),
        "rights": partial(_check, python, "-m", "helpdesk", "permissions", "--check", _RIGHTS),
    }
    if not options.no_tests:
        steps["tests"] = partial(tests.run_tests, python, ["--quiet"])
    passed = [_report(name, step) for name, step in steps.items()]
    return 0 if all(passed) else 1


def _check(python: Path, *arguments: str) -> int:
    result = subprocess.run(
        [str(python), *arguments],
        cwd=bootstrap.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        bootstrap.say(result.stdout.rstrip())
    return result.returncode


def _report(name: str, step: Callable[[], int]) -> bool:
    started = time.monotonic()
    passed = step() == 0
    bootstrap.say(f"{name:8}{'ok' if passed else 'FAILED':8}{time.monotonic() - started:6.1f} s")
    return passed


if __name__ == "__main__":
    bootstrap.run_script(main)
