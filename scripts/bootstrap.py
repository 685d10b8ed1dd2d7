# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a fresh checkout into one that runs: environment, packages and Qt's system libraries."""

from __future__ import annotations

import sys

# The system's Python reads these scripts: on 3.7 they still have to parse, to say this.
if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit(
        "Help Desk needs Python 3.11, 3.12 or 3.13, and this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}: start the script with one of those, "
        "for example with python3.11."
    )

import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

Edition = Literal["runtime", "development"]
Platform = Literal["offscreen", "xcb"]

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCKS: Mapping[Edition, str] = {
    "runtime": "requirements.lock",
    "development": "requirements-dev.lock",
}

# Every system library that Qt's Linux wheels look for, and the Debian package that has it.
DEBIAN_PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}

_OFFLINE = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure|Max retries exceeded|"
    r"ConnectTimeout|Read ?[Tt]ime(?:d )?out|ProxyError|Network is unreachable|"
    r"Connection (?:refused|reset|aborted|broken|timed out)|CERTIFICATE_VERIFY_FAILED|"
    r"Could not resolve|Unable to connect"
)
_NO_WHEEL = re.compile(r"No matching distribution found for ([\w.-]+)")
_NOT_FOUND = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)

Command = Sequence[str | Path]


class SetupError(Exception):
    """What stands in the way, as a sentence for people that names the remedy."""


def say(text: str) -> None:
    """Tell the person something at once, even when the output goes into a pipe."""
    print(text, flush=True)


def run_script(main: Callable[[list[str]], int]) -> NoReturn:
    """Run a script's main function on the command line and exit with its code."""
    try:
        code = main(sys.argv[1:])
    except SetupError as error:
        say(str(error))
        code = 1
    except PermissionError as error:
        say(
            f"{error.filename} cannot be written: start as the owner of {ROOT}, or from a copy "
            "of your own."
        )
        code = 1
    except KeyboardInterrupt:
        say("Stopped. Start again to go on.")
        code = 130
    sys.exit(code)


def become(command: Command, environment: Mapping[str, str] = os.environ) -> int:
    """Replace this process by the command; Windows cannot, so there its exit code returns."""
    line = [str(part) for part in command]
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(line[0], line, dict(environment))  # noqa: S606
    return subprocess.run(line, env=dict(environment), check=False).returncode


# --- the stamp: what is already there -----------------------------------------------------------


def fingerprint(edition: Edition, root: Path = ROOT) -> str:
    """Return a digest of all that decides what an edition's environment contains."""
    digest = hashlib.sha256()
    for name in (LOCKS[edition], "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


@dataclass
class Stamp:
    """What the environment holds; an unfinished one is what an interrupted setup leaves."""

    root: str = str(ROOT)
    finished: bool = True
    adopted: bool = False
    installed: dict[Edition, str] = field(default_factory=dict)
    platforms: list[Platform] = field(default_factory=list)

    @classmethod
    def read(cls, environment: Path) -> Stamp | None:
        """Return the environment's stamp, None where there is none."""
        try:
            return cls(**json.loads(_stamp_file(environment).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            return cls(finished=False)

    def write(self, environment: Path) -> None:
        """Replace the stamp in one step."""
        draft = _stamp_file(environment).with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        draft.replace(_stamp_file(environment))

    def holds_for(self, root: Path) -> bool:
        """Tell whether a setup finished in this folder: environments cannot be moved or copied."""
        return self.finished and self.root == str(root)


def _stamp_file(environment: Path) -> Path:
    return environment / "helpdesk-setup.json"


# --- the environment ----------------------------------------------------------------------------


def program(name: str, environment: Path = ENVIRONMENT) -> Path:
    """Return the path of a program inside the environment, on this operating system."""
    if os.name == "nt":
        return environment / "Scripts" / f"{name}.exe"
    return environment / "bin" / name


def prepare(edition: Edition, platform: Platform) -> Path:
    """Make what is missing and return the environment's Python.

    Raises SetupError when the person has to do something first.
    """
    with _one_setup_at_a_time():
        stamp = ready_environment(ENVIRONMENT)
        if stamp.installed.get(edition) != fingerprint(edition):
            _install(edition, stamp)
        if platform not in stamp.platforms:
            _provide_qt_libraries(platform)
            stamp.platforms.append(platform)
            stamp.write(ENVIRONMENT)
    return program("python")


@contextlib.contextmanager
def _one_setup_at_a_time() -> Iterator[None]:
    # Windows cannot lock a folder; there two first starts at once are the person's own risk.
    if sys.platform == "win32":
        yield
        return
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another setup of this folder to end ...")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def ready_environment(environment: Path) -> Stamp:
    """Return the stamp of an environment that works, making or adopting one where necessary."""
    stamp = Stamp.read(environment)
    if stamp and stamp.holds_for(ROOT) and _still_works(environment):
        return stamp
    if stamp.adopted if stamp else _is_inhabited(environment):
        return _adopt_environment(environment)
    return _make_environment(environment)


def _is_inhabited(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _still_works(environment: Path) -> bool:
    # An upgrade of the system's Python leaves an environment behind that finds no package.
    found = "all(importlib.util.find_spec(name) for name in ('helpdesk', 'PyQt5'))"
    return _python_confirms(environment, f"import importlib.util; result = {found}")


def _python_confirms(environment: Path, code: str) -> bool:
    python = program("python", environment)
    try:
        return _run([python, "-I", "-c", f"{code}; raise SystemExit(not result)"]).returncode == 0
    except OSError:
        return False


def _adopt_environment(environment: Path) -> Stamp:
    # Somebody made it by hand, so nothing in it is ever removed, not even after an interruption.
    suits = "import pip, sys; result = (3, 11) <= sys.version_info < (3, 14)"
    if not _python_confirms(environment, suits):
        raise SetupError(
            f"{environment} is not an environment of Python 3.11 to 3.13 with pip: delete or "
            "rename that folder, then start again."
        )
    return Stamp(adopted=True)


def _make_environment(environment: Path) -> Stamp:
    _provide_venv()
    say(f"Making an environment in {environment.name} ...")
    if environment.exists():
        shutil.rmtree(environment)
    environment.mkdir()
    Stamp(finished=False).write(environment)
    made = _run([_base_python(), "-I", "-m", "venv", environment])
    if made.returncode != 0:
        raise SetupError(f"Python could not make the environment:\n{_last_lines(made.stdout)}")
    return Stamp()


def _base_python() -> str:
    # These scripts may themselves run on the environment's Python.
    return str(getattr(sys, "_base_executable", sys.executable))


def _install(edition: Edition, stamp: Stamp) -> None:
    lock = ROOT / LOCKS[edition]
    count = len(set(re.findall(r"^(\S+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)))
    say(f"Installing {count} packages; the first time takes a minute or two ...")
    if not stamp.adopted:
        Stamp(finished=False).write(ENVIRONMENT)
    # A lock names all there is to install: pip before 23.3 looks for what an extra asks for among
    # the newest versions, finds none of the locked hashes for it, and gives up.
    _pip_install("--require-hashes", "--only-binary=:all:", "--no-deps", "-r", lock)
    _pip_install("--no-deps", "--no-build-isolation", "--editable", ROOT)
    stamp.installed[edition] = fingerprint(edition)
    if edition == "development":
        # Its lock holds all that runs the program, in the same versions.
        stamp.installed["runtime"] = fingerprint("runtime")
    stamp.write(ENVIRONMENT)


def _pip_install(*arguments: str | Path) -> None:
    options = ["--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    result = _run([program("python"), "-I", "-m", "pip", "install", *options, *arguments])
    if result.returncode != 0:
        raise SetupError(explain_pip_failure(result.stdout))


def explain_pip_failure(output: str) -> str:
    """Return what to tell people about what pip printed."""
    if _OFFLINE.search(output):
        return (
            "The packages could not be downloaded: check the network connection and the proxy "
            "settings, then start again."
        )
    if "No space left on device" in output:
        return "The disk is full: free 1 GB, then start again."
    missing = _NO_WHEEL.search(output)
    if missing:
        return (
            f"{missing[1]} is not published for this computer: use Windows, macOS or Linux on a "
            "64-bit Intel or AMD processor, or macOS on Apple silicon."
        )
    return f"The packages could not be installed:\n{_last_lines(output)}"


def _run(command: Command) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    # A person's setting to install for the user alone would break installing here.
    environment["PIP_USER"] = "0"
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _last_lines(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-20:])


# --- system packages ----------------------------------------------------------------------------


def missing_libraries(ldd_output: str) -> set[str]:
    """Return the libraries that ``ldd`` reports as not found."""
    return set(_NOT_FOUND.findall(ldd_output))


def debian_packages(libraries: Iterable[str]) -> list[str]:
    """Return the Debian packages of the libraries, sorted; unknown libraries are left out."""
    return sorted({DEBIAN_PACKAGES[name] for name in libraries if name in DEBIAN_PACKAGES})


def explain_missing_packages(packages: Sequence[str], *, update_first: bool = False) -> str:
    """Return the one command that a person with the right to do so has to run."""
    update = "sudo apt-get update && " if update_first else ""
    return (
        "Help Desk needs system packages that this account may not install. Run this once, "
        f"then start again:\n\n    {update}sudo apt-get install -y {shlex.join(packages)}\n"
    )


def explain_missing_libraries(libraries: Iterable[str], *, has_dnf: bool = False) -> str:
    """Return how to get the libraries where the packages' names are not known."""
    names = sorted(libraries)
    if has_dnf:
        wanted = shlex.join(f"{name}()(64bit)" for name in names)
        return (
            "Qt needs system libraries that are not here. Run this once, then start again:\n\n"
            f"    sudo dnf install -y {wanted}\n"
        )
    return (
        f"Qt needs system libraries that are not here: {', '.join(names)}. Install them with "
        "your package manager, then start again."
    )


def _provide_venv() -> None:
    # Debian ships the venv module without the pip that belongs into an environment.
    if importlib.util.find_spec("ensurepip"):
        return
    if not _is_debian():
        raise SetupError(
            "This Python cannot make environments, since it lacks ensurepip: install your "
            "system's package for Python virtual environments, then start again."
        )
    # Qt's libraries come along, so that a person who has to ask for rights asks once.
    install_debian_packages([_venv_package(), *debian_packages(_absent_libraries())], _privilege())
    importlib.invalidate_caches()
    if not importlib.util.find_spec("ensurepip"):
        raise SetupError(
            f"{sys.executable} cannot make environments, since it lacks ensurepip: start the "
            "script with /usr/bin/python3."
        )


def _venv_package() -> str:
    system = Path("/usr/bin/python3").resolve()
    if system == Path(_base_python()).resolve():
        return "python3-venv"
    return f"python3.{sys.version_info.minor}-venv"


def _absent_libraries() -> set[str]:
    """Try the known libraries one by one: before Qt is here there is nothing to ask about."""
    absent = set()
    for name in DEBIAN_PACKAGES:
        try:
            ctypes.CDLL(name)
        except OSError:
            absent.add(name)
    return absent


def _provide_qt_libraries(platform: Platform) -> None:
    if not _missing_qt_libraries(platform):
        return
    # Whoever has to ask for rights asks once, so the window's libraries come along in any case.
    missing = _missing_qt_libraries("offscreen") | _missing_qt_libraries("xcb")
    if not _is_debian():
        raise SetupError(explain_missing_libraries(missing, has_dnf=bool(shutil.which("dnf"))))
    packages = debian_packages(missing)
    if packages:
        install_debian_packages(packages, _privilege())
        missing = _missing_qt_libraries(platform)
    if missing:
        raise SetupError(explain_missing_libraries(missing))


def _missing_qt_libraries(platform: Platform) -> set[str]:
    if not sys.platform.startswith("linux") or not shutil.which("ldd"):
        return set()
    package = next(ENVIRONMENT.glob("lib/python3.*/site-packages/PyQt5"))
    plugin = package / "Qt5" / "plugins" / "platforms" / f"libq{platform}.so"
    return missing_libraries(_run(["ldd", plugin, *package.glob("QtWidgets.*.so")]).stdout)


def _is_debian() -> bool:
    return Path("/etc/debian_version").exists() and bool(shutil.which("apt-get"))


def install_debian_packages(packages: Sequence[str], privilege: Sequence[str] | None) -> None:
    """Install the packages with the words that give the right to; without, say what to run."""
    apt_knows_packages = any(Path("/var/lib/apt/lists").glob("*_Packages*"))
    if privilege is None:
        raise SetupError(explain_missing_packages(packages, update_first=not apt_knows_packages))
    say(f"Installing system packages: {' '.join(packages)} ...")
    apt_get = [*privilege, "apt-get", "-y", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt_get, "install", "--no-install-recommends", *packages]
    if apt_knows_packages and _run(install).returncode == 0:
        return
    _run([*apt_get, "update"])
    result = _run(install)
    if result.returncode != 0:
        raise SetupError(
            f"apt-get could not install {' '.join(packages)}: check the network connection, "
            f"then start again.\n{_last_lines(result.stdout)}"
        )


def _privilege() -> list[str] | None:
    """Return what to put before a command that only root may run; None where that is refused."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]
    return None
