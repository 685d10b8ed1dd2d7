# SPDX-License-Identifier: GPL-3.0-or-later
"""How signing in goes from page to page, until somebody is in or has given up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from PyQt5.QtCore import QObject, pyqtSignal

from helpdesk.core.errors import NewPasswordDue, SignedOut
from helpdesk.core.schemas.accounts import CodeEntry, Forgotten, PasswordReset, Pending
from helpdesk.core.schemas.users import NewSession, SessionView, SignInView
from helpdesk.core.validation import invalid
from helpdesk.ui.background import Job
from helpdesk.ui.sign_in.code_page import CodePage
from helpdesk.ui.sign_in.device import device_words
from helpdesk.ui.sign_in.page import Page

if TYPE_CHECKING:
    from helpdesk.ui.opened import Opened
    from helpdesk.ui.sign_in.browser import BrowserSignIn
    from helpdesk.ui.sign_in.browser_page import BrowserPage
    from helpdesk.ui.sign_in.enrol_page import EnrolPage
    from helpdesk.ui.sign_in.forgotten_page import ForgottenPage, ResetPage
    from helpdesk.ui.sign_in.new_password_page import NewPasswordPage
    from helpdesk.ui.sign_in.recovery_page import RecoveryPage
    from helpdesk.ui.sign_in_window import SignInWindow

T = TypeVar("T", bound=BaseModel)
_LONGEST_NAME = 200
_RESET = "Your password was changed. Sign in with it."


class SignInFlow(QObject):
    """Asks the desk for one thing at a time, and shows the page that follows."""

    signed_in = pyqtSignal(object)
    """The ``SessionView`` of who is in."""

    def __init__(self, window: SignInWindow) -> None:
        """Go through the pages of a window."""
        super().__init__(window)
        self._window = window
        self._opened: Opened | None = None
        self._pending = ""
        self._job: Job[Any] | None = None
        self._given_up: Job[Any] | None = None
        self._session: SessionView | None = None
        form, page = window.form, window.new_password_page
        form.sign_in_wanted.connect(lambda: self._sign_in(None))
        form.forgotten_wanted.connect(self._on_forgotten)
        form.browser_wanted.connect(self._on_browser)
        page.chosen.connect(self._sign_in)
        page.back_wanted.connect(lambda: self.ask())

    # --- pages, made when they are first needed -------------------------------------------------

    @cached_property
    def code_page(self) -> CodePage:
        """The code of the app, or a recovery code."""
        page = self._window.add_page(CodePage())
        page.entered.connect(self._on_code)
        page.back_wanted.connect(lambda: self.ask())
        return page

    @cached_property
    def enrol_page(self) -> EnrolPage:
        """An app that a role needs."""
        from helpdesk.ui.sign_in.enrol_page import EnrolPage

        page = self._window.add_page(EnrolPage())
        page.entered.connect(self._on_code)
        page.back_wanted.connect(lambda: self.ask())
        return page

    @cached_property
    def recovery_page(self) -> RecoveryPage:
        """The recovery codes, once."""
        from helpdesk.ui.sign_in.recovery_page import RecoveryPage

        page = self._window.add_page(RecoveryPage(self._window.background))
        page.kept.connect(self._on_kept)
        return page

    @cached_property
    def forgotten_page(self) -> ForgottenPage:
        """Whose password is lost."""
        from helpdesk.ui.sign_in.forgotten_page import ForgottenPage

        page = self._window.add_page(ForgottenPage())
        page.asked.connect(self._on_asked)
        page.code_at_hand.connect(lambda: self._show_reset(sent=False))
        page.back_wanted.connect(lambda: self.ask())
        return page

    @cached_property
    def reset_page(self) -> ResetPage:
        """The mailed code, and a new password."""
        from helpdesk.ui.sign_in.forgotten_page import ResetPage

        page = self._window.add_page(ResetPage())
        page.chosen.connect(self._on_reset)
        page.back_wanted.connect(lambda: self.ask())
        return page

    @cached_property
    def browser_page(self) -> BrowserPage:
        """The browser is waited for."""
        from helpdesk.ui.sign_in.browser_page import BrowserPage

        page = self._window.add_page(BrowserPage())
        page.back_wanted.connect(lambda: self.ask())
        return page

    @cached_property
    def browser(self) -> BrowserSignIn:
        """What opens the browser and waits for it."""
        from helpdesk.ui.sign_in.browser import BrowserSignIn

        browser = BrowserSignIn(self._window.background, self)
        browser.page_shown.connect(lambda url, done: self.browser_page.show_page(url, is_open=done))
        browser.answered.connect(self._on_browser_answer)
        browser.returned.connect(self._on_returned)
        browser.failed.connect(lambda error: self.ask(str(error)))
        return browser

    # --- what the window says -------------------------------------------------------------------

    def use(self, opened: Opened) -> None:
        """Sign in to this desk from now on."""
        self._opened = opened
        self._window.stay_box.setVisible(opened.remembers)
        self._window.stay_box.setChecked(False)

    def ask(self, sentence: str = "") -> None:
        """Ask for name and password; what was under way is given up."""
        if "browser" in self.__dict__ and not self.browser.cancel():
            # The browser is back: what is left takes a moment, and must not cross another sign-in.
            return
        self._forget()
        self._window.form.say(sentence)
        self._window.show_page(self._window.form)

    def enter(self, session: SessionView) -> None:
        """Let somebody in."""
        self._forget()
        self._window.form.say("")
        self._window.form.made.hide()
        self.signed_in.emit(session)

    def stop(self) -> None:
        """Wait for nobody."""
        if "browser" in self.__dict__:
            self.browser.cancel()

    # --- name and password ----------------------------------------------------------------------

    def _sign_in(self, new_password: str | None) -> None:
        if self._opened is None:
            return
        form = self._window.form
        new = NewSession(
            username=form.username.text().strip()[:_LONGEST_NAME],
            password=form.password.text(),
            new_password=new_password,
            device=device_words(),
        )
        stay = form.stay_box.isChecked()
        call = partial(self._opened.sign_in, new, stay=stay)
        self._ask(self._window.page, call, self._on_answer, self._on_refused)

    def _on_answer(self, answer: SignInView) -> None:
        if answer.pending_token:
            self._pending = answer.pending_token
            self._ask_for_code(enrols=answer.enrols)
        elif answer.recovery_codes:
            self._session = answer.session
            whose = answer.session.user.username
            self.recovery_page.show_codes(answer.recovery_codes, whose)
            self._window.show_page(self.recovery_page)
        else:
            self.enter(answer.session)

    def _on_refused(self, error: Exception) -> None:
        page = self._window.new_password_page
        if isinstance(error, NewPasswordDue) and self._window.page is not page:
            page.clear()
            self._say_rule(page)
            self._window.show_page(page)
        else:
            self._window.page.show_refused(str(error))

    def _say_rule(self, page: NewPasswordPage | ResetPage) -> None:
        """Say what the desk asks of a new password: at once, and again as it is by now."""
        if self._opened is None:
            return
        page.show_rule(self._opened.info.password_min_length)
        job = self._window.background.run(page, self._opened.desk.desks.info)
        job.then(lambda info: page.show_rule(info.password_min_length)).failed(_leave)

    # --- the second factor ----------------------------------------------------------------------

    def _ask_for_code(self, *, enrols: bool) -> None:
        page = self.enrol_page if enrols else self.code_page
        page.begin()
        self._window.show_page(page)
        if enrols and self._opened is not None:
            pending = Pending(pending_token=self._pending)
            call = partial(self._opened.desk.second_factors.enrol, pending)
            self._ask(page, call, self.enrol_page.show_enrolment, self._on_no_key)

    def _on_no_key(self, error: Exception) -> None:
        if isinstance(error, SignedOut):
            self.ask(str(error))
        else:
            self.enrol_page.show_failed(str(error))

    def _on_code(self, code: str) -> None:
        if self._opened is None:
            return
        stay = self._window.stay_box.isChecked()
        page, opened = self._window.page, self._opened
        entry = self._made(page, CodeEntry, pending_token=self._pending, code=code)
        if entry is not None:
            call = partial(opened.enter_code, entry, stay=stay)
            self._ask(page, call, self._on_answer, self._on_code_refused)

    def _on_code_refused(self, error: Exception) -> None:
        if isinstance(error, SignedOut):
            # It took too long: the password is asked for again, the name is still there.
            self.ask(str(error))
        else:
            self._window.page.show_refused(str(error))

    def _on_kept(self) -> None:
        if self._session is not None:
            self.enter(self._session)

    # --- a lost password ------------------------------------------------------------------------

    def _on_forgotten(self) -> None:
        if self._opened is not None:
            typed = self._window.username.text().strip()
            self.forgotten_page.ask_whose(typed, can_reset=self._opened.info.can_reset)
            self._window.show_page(self.forgotten_page)

    def _on_asked(self, name: str) -> None:
        page = self.forgotten_page
        whose = self._made(page, Forgotten, username=name)
        if self._opened is not None and whose is not None:
            call = partial(self._opened.desk.sessions.forgotten, whose)
            self._ask(page, call, lambda _: self._show_reset(sent=True), page.show_error)

    def _show_reset(self, *, sent: bool) -> None:
        self.reset_page.begin()
        self.reset_page.say_whether_sent(sent=sent)
        self._say_rule(self.reset_page)
        self._window.show_page(self.reset_page)

    def _on_reset(self, code: str, password: str) -> None:
        page = self.reset_page
        reset = self._made(page, PasswordReset, code=code, new_password=password)
        if self._opened is not None and reset is not None:
            call = partial(self._opened.desk.sessions.reset, reset)
            self._ask(page, call, lambda _: self._on_password_reset(), page.show_error)

    def _on_password_reset(self) -> None:
        self._window.username.setText(self.forgotten_page.username.text())
        self.ask()
        self._window.form.say_well(_RESET)

    # --- the browser ----------------------------------------------------------------------------

    def _on_browser(self) -> None:
        if self._opened is None or self._job is not None:
            return
        self.browser_page.begin()
        self._window.show_page(self.browser_page)
        stay = self._window.stay_box.isChecked()
        self.browser.begin(self._opened, stay=stay, anew=self._window.asks_anew)

    def _on_browser_answer(self, answer: SignInView) -> None:
        self._window.asks_anew = False
        self._on_answer(answer)

    def _on_returned(self) -> None:
        self.browser_page.show_returned()

    # --- asking ---------------------------------------------------------------------------------

    def _ask(
        self,
        page: Page,
        call: Callable[[], Any],
        then: Callable[[Any], object],
        refused: Callable[[Exception], object],
    ) -> None:
        """Ask the desk for a page, which takes no click meanwhile; one question at a time.

        Also one that was given up is waited for: two sign-ins must not cross each other.
        """
        if self._job is not None:
            return
        page.set_busy(True)
        job = self._job = self._window.background.run(self, call)

        def on_settled() -> None:
            self._job = None
            page.set_busy(False)
            self._window.form.set_busy(False)

        def on_answer(answer: Any) -> None:
            if job is self._given_up:
                self._on_unwanted(answer)
            else:
                then(answer)

        def on_error(error: Exception) -> None:
            if job is not self._given_up:
                refused(error)

        job.finally_(on_settled).then(on_answer).failed(on_error)

    def _on_unwanted(self, answer: object) -> None:
        """End a session that nobody waits for any more."""
        if isinstance(answer, SignInView) and answer.token and self._opened is not None:
            # Nobody signs in before it has ended.
            self._ask(self._window.form, self._opened.sign_out, _leave, _leave)

    def _forget(self) -> None:
        """Give up what is under way, and keep nothing secret of it."""
        self._given_up = self._job
        self._pending, self._session = "", None
        self._window.password.clear()
        self._window.new_password_page.clear()
        for name in ("enrol_page", "reset_page", "code_page"):
            if name in self.__dict__:
                getattr(self, name).begin()
        self._window.form.set_busy(self._job is not None)

    def _made(self, page: Page, kind: type[T], **values: object) -> T | None:
        """Return what is to be sent, or say on the page why it cannot be."""
        try:
            return kind(**values)
        except ValidationError as error:
            page.show_refused(str(invalid(error)))
            return None


def _leave(_: object) -> None:
    """Leave it as it is."""
