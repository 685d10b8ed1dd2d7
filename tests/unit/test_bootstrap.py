# SPDX-License-Identifier: GPL-3.0-or-later
"""The setup scripts decide rightly what is missing and say plainly how to get it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bootstrap
import run
from bootstrap import ROOT, SetupError, Stamp

_LDD_OUTPUT = """\
\tlinux-vdso.so.1 (0x00007ffd3a5c6000)
\tlibfontconfig.so.1 => /lib/x86_64-linux-gnu/libfontconfig.so.1 (0x00007f5cdd6a2000)
\tlibxcb-icccm.so.4 => not found
\tlibGL.so.1 => not found
/somewhere/libQt5XcbQpa.so.5:
\tlibxcb-icccm.so.4 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f5cdd91d000)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("script", ["bootstrap", "run", "test", "check"])
def test_an_old_python_can_read_what_it_is_told(script):
    source = (ROOT / "scripts" / f"{script}.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


# --- the stamp ----------------------------------------------------------------------------------


def test_a_stamp_reads_as_it_was_written(tmp_path):
    stamp = Stamp(installed={"runtime": "digest"}, platforms=["offscreen"])
    stamp.write(tmp_path)
    assert Stamp.read(tmp_path) == stamp


def test_without_a_stamp_there_is_nothing_to_read(tmp_path):
    assert Stamp.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}'])
def test_a_damaged_stamp_counts_as_an_unfinished_setup(tmp_path, text):
    (tmp_path / "helpdesk-setup.json").write_text(text)
    stamp = Stamp.read(tmp_path)
    assert stamp is not None
    assert not stamp.holds_for(ROOT)


def test_a_stamp_holds_only_in_its_own_folder(tmp_path):
    assert Stamp(root=str(tmp_path)).holds_for(tmp_path)
    assert not Stamp(root=str(tmp_path)).holds_for(tmp_path / "copy")
    assert not Stamp(root=str(tmp_path), finished=False).holds_for(tmp_path)


def test_writing_a_stamp_leaves_no_draft_behind(tmp_path):
    Stamp().write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["helpdesk-setup.json"]


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_the_fingerprint_follows_the_lock_and_the_project(checkout, changed):
    before = bootstrap.fingerprint("runtime", checkout)
    assert bootstrap.fingerprint("runtime", checkout) == before
    (checkout / changed).write_text("something newer")
    assert bootstrap.fingerprint("runtime", checkout) != before


def test_the_development_lock_does_not_touch_the_runtime_fingerprint(checkout):
    before = bootstrap.fingerprint("runtime", checkout)
    (checkout / "requirements-dev.lock").write_text("something newer")
    assert bootstrap.fingerprint("runtime", checkout) == before


# --- the environment ----------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return tmp_path / ".venv"


def test_an_interrupted_setup_starts_over(environment):
    environment.mkdir()
    Stamp(finished=False).write(environment)
    half_installed = environment / "half-installed"
    half_installed.touch()
    bootstrap.ready_environment(environment)
    assert not half_installed.exists()
    assert bootstrap.program("python", environment).exists()


def test_an_environment_made_by_hand_is_kept(environment):
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    own_file = environment / "own-file"
    own_file.touch()
    stamp = bootstrap.ready_environment(environment)
    assert stamp.adopted
    assert own_file.exists()


def test_a_folder_that_is_no_environment_is_neither_used_nor_deleted(environment):
    environment.mkdir()
    own_file = environment / "own-file"
    own_file.touch()
    with pytest.raises(SetupError, match="delete or rename that folder"):
        bootstrap.ready_environment(environment)
    assert own_file.exists()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("WARNING: Retrying after NewConnectionError('...')", "check the network connection"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for pyqt5-qt5==5.15.19", "pyqt5-qt5"),
        ("ERROR: something unheard of", "something unheard of"),
    ],
)
def test_a_failed_installation_is_explained(output, sentence):
    assert sentence in bootstrap.explain_pip_failure(output)


def test_being_offline_is_the_reason_even_when_pip_then_finds_no_package():
    output = "NameResolutionError: ...\nERROR: No matching distribution found for alembic==1.20.1"
    assert "network connection" in bootstrap.explain_pip_failure(output)


# --- system packages ----------------------------------------------------------------------------


def test_ldd_names_the_missing_libraries_once():
    assert bootstrap.missing_libraries(_LDD_OUTPUT) == {"libxcb-icccm.so.4", "libGL.so.1"}


def test_ldd_finds_nothing_missing_in_a_whole_program():
    assert bootstrap.missing_libraries("\tlibz.so.1 => /lib/libz.so.1 (0x00007f5c)\n") == set()


def test_libraries_become_debian_packages():
    libraries = {"libgthread-2.0.so.0", "libglib-2.0.so.0", "libGL.so.1", "libunknown.so.9"}
    assert bootstrap.debian_packages(libraries) == ["libgl1", "libglib2.0-0"]


def test_a_person_without_rights_gets_one_command():
    text = bootstrap.explain_missing_packages(["python3-venv", "libgl1"])
    assert re.findall(r"^    (.+)$", text, re.MULTILINE) == [
        "sudo apt-get install -y python3-venv libgl1"
    ]


def test_the_command_fetches_the_package_lists_where_there_are_none():
    text = bootstrap.explain_missing_packages(["libgl1"], update_first=True)
    assert "    sudo apt-get update && sudo apt-get install -y libgl1\n" in text


def test_fedora_is_asked_for_the_library_itself():
    text = bootstrap.explain_missing_libraries(["libGL.so.1"], has_dnf=True)
    assert "    sudo dnf install -y 'libGL.so.1()(64bit)'\n" in text


def test_elsewhere_the_libraries_are_named():
    text = bootstrap.explain_missing_libraries({"libz.so.1", "libGL.so.1"})
    assert "libGL.so.1, libz.so.1" in text


def test_nothing_is_installed_where_that_is_not_allowed():
    with pytest.raises(SetupError, match="sudo apt-get install -y libgl1"):
        bootstrap.install_debian_packages(["libgl1"], privilege=None)


# --- what the commands are given ----------------------------------------------------------------


def test_the_demo_window_is_what_opens_without_arguments():
    assert not run.names_a_command([])
    assert not run.names_a_place([])


@pytest.mark.parametrize("arguments", [["serve"], ["--data-dir", "x", "serve"], ["--version"]])
def test_a_command_is_told_from_a_window(arguments):
    assert run.names_a_command(arguments)


@pytest.mark.parametrize("arguments", [["--server", "https://x"], ["--config=serve"]])
def test_a_place_is_no_command(arguments):
    assert not run.names_a_command(arguments)
    assert run.names_a_place(arguments)


def test_arguments_behind_the_dashes_are_passed_on():
    given = ["--data-dir", "x", "--", "serve", "--", "y"]
    assert run.split_arguments(given) == (["--data-dir", "x"], ["serve", "--", "y"])


@pytest.mark.parametrize(
    ("variables", "system", "seen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_display_is_recognised(variables, system, seen):
    assert run.has_display(variables, system) is seen


# --- the locks ----------------------------------------------------------------------------------


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^(\S+)==(\S+(?: ; [^\\]+)?)", text, re.MULTILINE))


def test_the_development_lock_holds_the_runtime_lock():
    # Where the runtime wants a package on one system alone, development may want it on all.
    runtime, development = (
        {(name, version.partition(" ; ")[0]) for name, version in _pins(lock).items()}
        for lock in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime <= development


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_with_hashes_and_names_no_host(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\S+==", text, re.MULTILINE)) > 0
    assert "://" not in text
    assert "index-url" not in text.replace("--no-emit-index-url", "")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_windows_alone_gets_the_qt_that_still_has_wheels_for_it(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^pyqt5-qt5==(\S+) ; sys_platform (\S\S) 'win32'", text, re.MULTILINE)
    versions = {system: version for version, system in pins}
    assert versions["=="] == "5.15.2"
    assert versions["!="] != "5.15.2"


def test_the_locks_hold_every_dependency_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["server"], *extras["dev"]]
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in wanted}
    assert names <= _pins("requirements-dev.lock").keys()


def test_the_stamp_is_plain_json(tmp_path):
    Stamp().write(tmp_path)
    assert json.loads((tmp_path / "helpdesk-setup.json").read_text())["root"] == str(ROOT)
