# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test may ask for: a fresh desk, people who are signed in, a clock to set."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import delete

from helpdesk.client.embedded import EmbeddedDesk, database_of
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES
from helpdesk.core.schemas.users import NewSession, NewUser, Role
from helpdesk.core.settings import Settings
from helpdesk.database import schema
from helpdesk.models import SignInSource
from tests.compiled import share_compiled_statements
from tests.matrix import LOCAL_SQLITE, desk_at, kinds_for
from tests.memory import keep_files_in_memory
from tests.postgres import empty_database

keep_files_in_memory()
share_compiled_statements()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HELPDESK_SECURITY__BCRYPT_COST"] = "4"
# Nobody's own keyring is touched, nor the first that a test happens to have made.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for name in ("HELPDESK_DATA_DIR", "HELPDESK_DATABASE_URL", "DB_PATH", "HELPDESK_DEMO_PASSWORD"):
    os.environ.pop(name, None)

# A slow machine is no fault of what is tested.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

PASSWORD = "correct horse battery"
PEOPLE = {
    "alice": ("Alice Moreau", Role.USER),
    "erin": ("Erin Sato", Role.USER),
    "bob": ("Bob Keller", Role.TECHNICIAN),
    "frank": ("Frank Osei", Role.TECHNICIAN),
    "charlie": ("Charlie Hart", Role.MANAGER),
    "dana": ("Dana Whitfield", Role.ADMIN),
}
SignIn = Callable[[str], HelpDesk]
__all__ = ["empty_database"]  # a fixture for every test


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Begin on a Monday morning."""
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def forward(self, **duration: float) -> None:
        """Move by a ``timedelta`` of the given arguments."""
        self.now += timedelta(**duration)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the program writes for its user out of the home of who runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _garbage_stays_on_the_main_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep Python from collecting on a thread of the pool, as the program itself does."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the people of ``PEOPLE``, to copy for each test."""
    folder = DataFolder(tmp_path_factory.mktemp("template"))
    settings = settings_module.load(folder)
    database = database_of(folder, settings)
    schema.create(database)
    desk = EmbeddedDesk(database, settings)
    with database.writing() as session:
        from helpdesk.repositories.categories import CategoryRepository

        for name in DEFAULT_CATEGORIES:
            CategoryRepository(session).named(name)
    for username, (full_name, role) in PEOPLE.items():
        new = NewUser(
            username=username, full_name=full_name, role=role, email=f"{username}@corp.example"
        )
        one_time = desk.as_system().users.add(new).password
        session_wanted = NewSession(username=username, password=one_time, new_password=PASSWORD)
        desk.facade().sessions.sign_in(session_wanted)
    with database.writing() as session:
        # By the clock of the machine; a test knows from where its own people have signed in.
        session.execute(delete(SignInSource))
    desk.close()
    return folder.database


@pytest.fixture
def folder(tmp_path: Path, template: Path) -> DataFolder:
    """Return a data folder of its own with a fresh desk in it."""
    made = DataFolder(tmp_path / "desk").ensure()
    shutil.copy(template, made.database)
    return made


@pytest.fixture
def settings(folder: DataFolder) -> Settings:
    """Return the settings of the desk."""
    return settings_module.load(folder)


@pytest.fixture
def clock() -> SettableClock:
    """Return the clock of the desk."""
    return SettableClock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of operations on every kind of desk."""
    if "desk_kind" in metafunc.fixturenames:
        kinds = kinds_for(metafunc.definition)
        if kinds != (LOCAL_SQLITE,):
            metafunc.parametrize("desk_kind", kinds, scope="module")


@pytest.fixture(scope="module")
def desk_kind() -> str:
    """Return how the desk of this test is reached; see ``tests.matrix``."""
    return LOCAL_SQLITE


@pytest.fixture
def embedded(
    folder: DataFolder, clock: SettableClock, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    """Return the opened desk; its facades reach it in the way of ``desk_kind``."""
    with desk_at(desk_kind, folder, template, clock) as desk:
        yield desk


@pytest.fixture
def sign_in(embedded: EmbeddedDesk) -> SignIn:
    """Return a function that signs somebody in and gives their facade."""

    def signed_in(username: str) -> HelpDesk:
        desk = embedded.facade()
        desk.sessions.sign_in(NewSession(username=username, password=PASSWORD))
        return desk

    return signed_in
