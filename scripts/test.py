#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests from a checkout, after setting up what they need; arguments go to pytest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import bootstrap

_MOST_WORKERS = 8
_PYTEST_NO_TESTS = 5


def main(arguments: list[str]) -> int:
    """Run the tests and return pytest's exit code."""
    return run_tests(bootstrap.prepare("development", "offscreen"), arguments)


def run_tests(python: Path, arguments: Sequence[str]) -> int:
    """Run pytest in a prepared environment, on Qt's offscreen platform unless another is set."""
    variables = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [str(python), "-m", "pytest", *worker_options(arguments), *arguments]
    code = subprocess.run(command, cwd=bootstrap.ROOT, env=variables, check=False).returncode
    if code == _PYTEST_NO_TESTS:
        bootstrap.say("No tests were found, which counts as a failure.")
    return code


def worker_options(arguments: Sequence[str]) -> list[str]:
    """Return how to spread the tests over processes, unless the person chose or debugs."""
    chosen = ("-n", "--numprocesses", "--dist", "--pdb", "--trace", "no:xdist")
    if any(word.startswith(chosen) for word in arguments):
        return []
    workers = min(max(2, os.cpu_count() or 1), _MOST_WORKERS)
    return ["-n", str(workers), "--dist", "worksteal"]


if __name__ == "__main__":
    bootstrap.run_script(main)
