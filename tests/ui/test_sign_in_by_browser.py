# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in in the system's browser, by a real provider, and back over this workstation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import keyring
import pytest
from PyQt5.QtCore import QObject, Qt, QUrl, pyqtSlot
from PyQt5.QtGui import QDesktopServices
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.directory import SingleSignOnChange
from helpdesk.models import SignInSession, User
from helpdesk.ui.links import open_sign_in_page
from helpdesk.ui.sign_in.browser_page import BrowserPage
from helpdesk.ui.sign_in.form_page import FormPage
from tests.keyrings import MemoryKeyring
from tests.openid_provider import CLIENT, SECRET, RealProvider, real_provider
from tests.ui.remote_twin import TwinApp
from tests.ui.seats import LONGEST_MS, calm, click

LABEL = "Sign in with Corp & Sons"


class Browser(QObject):
    """Stands where the system's browser would: it is told what to open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @pyqtSlot(QUrl)
    def open(self, url: QUrl) -> None:
        """Take note of a page."""
        self.opened.append(bytes(url.toEncoded()).decode())


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    for scheme in ("http", "https", "file"):
        QDesktopServices.setUrlHandler(scheme, browser.open)
    yield browser
    for scheme in ("http", "https", "file"):
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider() as made:
        yield made


@pytest.fixture
def memory() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def app(memory, provider, sign_in, clock, start_remote, browser) -> TwinApp:
    """Return the program in front of a desk with a provider; the browser is at its page."""
    # The provider's clock is the machine's.
    clock.now = datetime.now(UTC)
    provider.set_person("olga", preferred_username="olga", name="Olga Berg")
    desk = sign_in("dana")
    desk.directory.change_provider(
        SingleSignOnChange(
            enabled=True,
            issuer=provider.issuer,
            client_id=CLIENT,
            secret=SECRET,
            label=LABEL,
        )
    )
    app: TwinApp = start_remote()
    return app


def begin(qtbot, app: TwinApp, browser: Browser) -> str:
    """Press the button, and return the page that the browser is led to."""
    button = app.sign_in_window.form.browser_button
    assert button.isVisible()
    click(qtbot, button)
    page = app.sign_in_window.page
    assert isinstance(page, BrowserPage)
    qtbot.waitUntil(page.copy_button.isVisible, timeout=LONGEST_MS)
    return browser.opened[-1]


def test_who_signs_in_there_is_in_here(app, provider, browser, clock, qtbot):
    assert app.sign_in_window.form.browser_button.text() == LABEL.replace("&", "&&")
    page = begin(qtbot, app, browser)
    redirect = parse_qs(urlsplit(page).query)["redirect_uri"][0]
    assert urlsplit(redirect).hostname == "127.0.0.1"
    assert "You can close this window" in httpx.get(provider.sign_in(page, "olga")).text
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window.desktop.person.full_name == "Olga Berg"
    window = app.main_window
    window.lock.lock()
    assert window.lock.page is not None
    assert not window.lock.page.password.isVisible(), "there is none to unlock with"
    qtbot.keyClick(window.lock.page.sign_out_button, Qt.Key_Return)
    calm(qtbot, app)
    assert app.sign_in_window.isVisible()
    # The browser still knows who has left, and whoever sits here is not to come in as they.
    assert "prompt" not in parse_qs(urlsplit(page).query)
    assert app.state.value("sign_in/anew", False, bool)
    again = begin(qtbot, app, browser)
    assert parse_qs(urlsplit(again).query)["prompt"] == ["login"]
    httpx.get(provider.sign_in(again, "olga"))
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)
    assert not app.state.value("sign_in/anew", False, bool)


def signed_in(qtbot, app: TwinApp, provider: RealProvider, browser: Browser, whom: str) -> None:
    """Sign in as somebody, and wait until the desk has said what comes of it."""
    httpx.get(provider.sign_in(begin(qtbot, app, browser), whom))
    calm(qtbot, app)


def signed_in_now(embedded: EmbeddedDesk) -> set[str]:
    """Return who has a session."""
    with embedded.database.reading() as session:
        return set(session.scalars(select(User.username).join(SignInSession)))


def lock_and_leave(qtbot, app: TwinApp) -> None:
    """Lock the window, and sign out there."""
    window = app.main_window
    assert window is not None
    window.lock.lock()
    assert window.lock.page is not None
    qtbot.keyClick(window.lock.page.sign_out_button, Qt.Key_Return)
    calm(qtbot, app)


def test_after_a_lock_nobody_else_is_let_in_unnoticed(app, provider, browser, embedded, qtbot):
    provider.set_person("otto", preferred_username="otto", name="Otto Berg")
    signed_in(qtbot, app, provider, browser, "olga")
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    lock_and_leave(qtbot, app)
    signed_in(qtbot, app, provider, browser, "otto")
    form = app.sign_in_window.form
    qtbot.waitUntil(lambda: "Otto Berg" in form.message.text(), timeout=LONGEST_MS)
    calm(qtbot, app)
    assert app.main_window is None
    assert "somebody else who locked" in form.message.text()
    assert not {"olga", "otto"} & signed_in_now(embedded), "no session is left of what was refused"
    signed_in(qtbot, app, provider, browser, "otto")
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    assert "otto" in signed_in_now(embedded)
    # Whoever locks it and comes back is let in at once.
    lock_and_leave(qtbot, app)
    signed_in(qtbot, app, provider, browser, "otto")
    qtbot.waitUntil(lambda: app.main_window is not None, timeout=LONGEST_MS)
    calm(qtbot, app)


def test_it_can_be_cancelled_and_the_listener_is_gone_then(app, provider, browser, qtbot):
    page = begin(qtbot, app, browser)
    came_back = provider.sign_in(page, "olga")
    qtbot.keyClick(app.sign_in_window.page, Qt.Key_Escape)
    assert isinstance(app.sign_in_window.page, FormPage)
    calm(qtbot, app)
    with pytest.raises(httpx.ConnectError):
        httpx.get(came_back)
    assert app.main_window is None


def test_a_refusal_in_the_browser_is_told(app, browser, qtbot):
    page = begin(qtbot, app, browser)
    asked = parse_qs(urlsplit(page).query)
    state, redirect = asked["state"][0], asked["redirect_uri"][0]
    answer = httpx.get(f"{redirect}/?error=access_denied&state={state}")
    assert "did not come to its end" in answer.text
    calm(qtbot, app)
    window = app.sign_in_window
    assert isinstance(window.page, FormPage)
    assert "access_denied" in window.form.message.text()


def test_the_program_ends_while_the_browser_is_waited_for(app, browser, qtbot):
    begin(qtbot, app, browser)
    app.stop()


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("https://login.example/authorize?x=1", True),
        ("http://127.0.0.1:9000/authorize", True),
        ("http://login.example/authorize", None),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("", None),
    ],
)
def test_only_a_safe_page_is_opened_for_a_sign_in(browser, qapp, address, opens):
    assert open_sign_in_page(address) is opens
    assert browser.opened == ([address] if opens else [])


def test_no_button_leads_to_a_browser_where_the_desk_has_no_provider(start_remote):
    assert not start_remote().sign_in_window.form.browser_button.isVisible()
