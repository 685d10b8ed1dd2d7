# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an article is written: its text beside what readers will see, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QImage, QKeySequence, QTextCursor
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QShortcut,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, DeskError, Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleMove,
    ArticleState,
    ArticleView,
    NewArticle,
)
from helpdesk.core.validation import invalid
from helpdesk.ui.articles.article_text import VISIBILITY_LABELS, ArticleText, Form
from helpdesk.ui.articles.comparison import ComparisonDialog
from helpdesk.ui.articles.conflict_bar import ConflictBar
from helpdesk.ui.articles.editor_head import EditorHead, error_label
from helpdesk.ui.articles.editor_pictures import EditorPictures, ShownPicture
from helpdesk.ui.articles.editor_properties import EditorProperties
from helpdesk.ui.articles.editor_toolbar import EditorToolbar
from helpdesk.ui.articles.link_completer import LinkCompleter
from helpdesk.ui.articles.markdown_edit import MarkdownEdit
from helpdesk.ui.articles.preview import Preview
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.times import clock_time
from helpdesk.ui.widgets.toast import Toast

_NEW = "article-new"
_PICTURE_WAITS = "The picture is added when the article is saved."
_FIELDS = (
    "title", "summary", "body", "category_id", "tags", "language", "visibility", "reviewer_id",
)  # fmt: skip
STATE_TONES: dict[ArticleState, Tone] = {
    ArticleState.DRAFT: "warning",
    ArticleState.REVIEW: "medium",
    ArticleState.PUBLISHED: "success",
    ArticleState.ARCHIVED: "neutral",
}

Theirs = tuple[ArticleView, str]


class ArticleEditor(QWidget):
    """Keeps what is typed on disk at each pause; nothing is asked when it is closed."""

    saved = pyqtSignal(object)
    """The desk has the text: the ``ArticleView`` as it is now. Writing may go on."""
    closed = pyqtSignal()
    """The person is done here, or it was published or given to review."""
    article_wanted = pyqtSignal(int)
    """A link in the preview was chosen."""

    def __init__(self, desktop: Desktop, parent: QWidget | None = None) -> None:
        """Begin with nothing; `begin` and `edit` say what is written."""
        super().__init__(parent)
        self._desktop = desktop
        self._view: ArticleView | None = None
        """The article as this text was begun on it, or saved as it; ``None`` while it is new."""
        self._base: Form | None = Form()
        """What the desk has of the fields, as typed; ``None``: it is not known any more."""
        self._theirs: Theirs | None = None
        """A newer text than the one written on; only the person's word saves on top of it."""
        self._looking = False
        self._waiting: list[tuple[list[QImage | Path], QTextCursor]] = []
        """Pictures for an article that is not saved yet, and where each belongs."""
        self._begun_in: int | None = None
        self._loading = False
        self._busy = False
        self._writing = 0
        """Counts what was opened here: an answer about something else is not for these fields."""
        self._may_publish = desktop.may(Permission.PUBLISH_ARTICLES)
        self._build()
        desktop.drafts.saved.connect(self._on_draft_saved)
        desktop.feed.changed.connect(self._on_changed)

    # --- what is written ----------------------------------------------------------------------

    def begin(self, category_id: int | None) -> None:
        """Write a new article, or go on with the one that was begun and never saved."""
        kept = self._desktop.drafts.load(_NEW)
        self._view, self._begun_in = None, category_id
        self._base = Form(category_id=category_id)
        self._open(Form.from_kept(kept) if kept else self._base, is_kept=bool(kept))
        self.title.setFocus()

    def edit(self, view: ArticleView) -> None:
        """Write on an article, or go on with what was typed and not saved."""
        self._view, self._base = view, Form.of(view)
        kept = self._desktop.drafts.load(self._place)
        form = Form.from_kept(kept) if kept else self._base
        if form.trimmed() == self._base.trimmed():
            form, kept = self._base, {}
            self._desktop.drafts.remove(self._place)
        self._open(form, is_kept=bool(kept))
        if kept and kept.get("revision") != str(view.revision):
            # It was begun on another text than the newest one, and which one is not known.
            self._base = None
            self._look()
        self.body.setFocus()

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that the desk does not have."""
        return self.form() != self._base

    def form(self) -> Form:
        """Return what stands in the fields."""
        return self.properties.filled(
            Form(
                title=self.title.text(),
                summary=self.summary.text(),
                body=self.body.toPlainText(),
            )
        )

    def save(self) -> None:
        """Save the text as a draft, and go on writing."""
        self._save(self._on_draft_done)

    def ask_for_review(self) -> None:
        """Save the text and give it to those who publish."""
        self._save(self._ask_for_review)

    def publish(self) -> None:
        """Save the text and give it to the readers."""
        if self._view is None:
            self._save(lambda: self._save(self._leave, publish=True))
        else:
            self._save(self._leave, publish=True)

    def close_editor(self) -> None:
        """Leave; what was typed and not saved stays as a draft, and is said to."""
        if self.is_changed and (self._view is not None or self.form().has_words):
            name = self._view.number if self._view else "your new article"
            Toast.say(self.window(), f"What you wrote in {name} is kept; edit it to go on.")
        self.closed.emit()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.setObjectName("page")
        self._banner = Banner()
        self.conflict_bar = ConflictBar()
        self.conflict_bar.comparison_wanted.connect(self._show_theirs)
        self.conflict_bar.overwrite_wanted.connect(self._save_on_top)
        self.body = MarkdownEdit()
        self.body.setPlaceholderText(
            "What to do, step by step. # begins a heading, - a list, [[ a link to an article;"
            " pictures can be pasted."
        )
        self.body.textChanged.connect(self._on_typed)
        self.body.refused.connect(partial(self._show_error, "body"))
        self.body.pictures_given.connect(self._on_pictures)
        self._pictures = EditorPictures(self._desktop, self)
        self._pictures.chosen.connect(self._on_pictures)
        self._pictures.stored.connect(self._on_picture)
        self._pictures.failed.connect(self._on_picture_failed)
        self.preview = Preview(self._desktop, self.body)
        self.preview.browser.article_wanted.connect(self.article_wanted)
        self.properties = EditorProperties(self._desktop)
        self.properties.edited.connect(self._on_typed)
        self._head = EditorHead()
        self.title, self.summary = self._head.title, self._head.summary
        self.back_button = self._head.back_button
        self.back_button.clicked.connect(self.close_editor)
        self._head.edited.connect(self._on_typed)
        self._head.add_toggle("Preview", "eye", "Show what readers will see", self.preview)
        self._head.add_toggle(
            "Properties", "tag", "Show category, tags, readers and review", self.properties
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addWidget(self.conflict_bar)
        column.addWidget(self._head)
        column.addWidget(self._panes(), 1)
        column.addWidget(self._foot())
        self.completer = LinkCompleter(self._desktop, self.body, self)
        for keys, act in (("Ctrl+S", self._on_save_keys), ("Ctrl+Return", self._on_send_keys),
                          ("Ctrl+Enter", self._on_send_keys)):  # fmt: skip
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _panes(self) -> QSplitter:
        self.toolbar = EditorToolbar(self.body, self)
        self.toolbar.picture_wanted.connect(self._pictures.choose)
        source = QWidget()
        column = QVBoxLayout(source)
        column.setContentsMargins(16, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.toolbar)
        self._body_error = error_label()
        column.addWidget(self._body_error)
        column.addWidget(self.body, 1)
        self._splitter = QSplitter(Qt.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        for widget, least in ((source, 240), (self.preview, 200), (self.properties, 220)):
            widget.setMinimumWidth(least)
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 3)
        self._splitter.setSizes([460, 460, 250])
        return self._splitter

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("ground", "surface")
        self._draft_label = ElidedLabel(role="muted")
        self.discard_button = QPushButton("Discard changes")
        self.discard_button.clicked.connect(self._on_discard)
        self.save_button = QPushButton("Save draft")
        self.save_button.setToolTip("Ctrl+S")
        self.save_button.clicked.connect(self.save)
        self.send_button = QPushButton("Publish" if self._may_publish else "Ask for review")
        self.send_button.setProperty("kind", "primary")
        self.send_button.setToolTip("Ctrl+Enter")
        send = self.publish if self._may_publish else self.ask_for_review
        self.send_button.clicked.connect(send)
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        row.addWidget(self._draft_label, 1)
        for button in (self.discard_button, self.save_button, self.send_button):
            row.addWidget(button)
        return foot

    # --- showing ------------------------------------------------------------------------------

    @property
    def _place(self) -> str:
        return f"article-{self._view.id}" if self._view else _NEW

    def _open(self, form: Form, *, is_kept: bool) -> None:
        self._writing += 1
        if self._waiting:
            self._waiting = []
            Toast.say(self.window(), "The picture was not stored yet; paste it again.")
        self._busy = self._looking = False
        self._theirs = None
        self.conflict_bar.hide()
        self._banner.clear()
        self.completer.close()
        self._draft_label.setText("")
        self._show_form(form)
        self._show_state()
        if is_kept:
            self._draft_label.setText("This is what you wrote before and did not save.")

    def _show_form(self, form: Form) -> None:
        self._loading = True
        self._head.show_words(form.title, form.summary)
        if form.body != self.body.toPlainText():
            self.body.setPlainText(form.body)
        self.properties.show_form(form, self._view)
        self._loading = False
        self._clear_errors()
        self._show_buttons()
        self.preview.refresh_now()

    def _show_state(self) -> None:
        if self._view is None:
            self._head.show_name("New article")
        else:
            tone = STATE_TONES[self._view.state]
            self._head.show_name(self._view.number, _state_text(self._view), tone)

    def _show_buttons(self) -> None:
        form = self.form()
        is_changed = form != self._base
        begun = form.has_words if self._view is None else is_changed
        next_step = "publish" if self._may_publish else "review"
        can_move = self._view is not None and next_step in self._view.allowed
        self.discard_button.setEnabled(begun and not self._busy)
        self.save_button.setEnabled(begun and not self._busy)
        self.send_button.setEnabled((begun or can_move) and not self._busy)

    # --- typing -------------------------------------------------------------------------------

    def _on_typed(self) -> None:
        if self._loading:
            return
        self._draft_label.setText(_PICTURE_WAITS if self._waiting else "")
        self._clear_errors()
        self._show_buttons()
        self._keep()

    def _keep(self) -> None:
        """Keep what is typed, at the next pause; what the desk has needs no draft."""
        form = self.form()
        if form == self._base or (self._view is None and not form.has_words):
            self._desktop.drafts.keep(self._place, {})
        else:
            self._desktop.drafts.keep(self._place, self._kept(form))

    def _kept(self, form: Form) -> dict[str, str]:
        # Without the text that it was begun on, it stays begun on none.
        revision = self._view.revision if self._view and self._base is not None else 0
        return form.kept(revision)

    def _on_draft_saved(self, place: str) -> None:
        is_safe = place == self._place and self._desktop.drafts.is_on_disk(place)
        if is_safe and self.discard_button.isEnabled() and not self._waiting:
            self._draft_label.setText(f"Draft kept {clock_time(self._desktop.clock())}")

    def _on_discard(self) -> None:
        typed, view, base = self.form(), self._view, self._base
        if self._theirs is not None:
            self._view = self._theirs[0]
        self._base = Form.of(self._view) if self._view else Form(category_id=self._begun_in)
        self._desktop.drafts.remove(self._place)
        self._open(self._base, is_kept=False)
        self._banner.show_info(
            "What you wrote was discarded.", "Undo", partial(self._undo_discard, typed, view, base)
        )

    def _undo_discard(self, typed: Form, view: ArticleView | None, base: Form | None) -> None:
        is_other = (view.id if view else None) != (self._view.id if self._view else None)
        if is_other or self._busy:
            return
        is_on_older = False
        if view is not None and self._view is not None:
            # It is again what it was: begun on an older text, it must not pass for the newest.
            is_on_older = base is None or view.revision != self._view.revision
            self._view = view if view.revision != self._view.revision else self._view
            self._base = base
        self._show_form(typed)
        self._show_state()
        self._keep()
        if is_on_older:
            self._look()

    # --- errors -------------------------------------------------------------------------------

    def _clear_errors(self) -> None:
        self._head.clear_errors()
        self._body_error.hide()
        self.properties.clear_errors()

    def _show_error(self, field: str, sentence: str) -> None:
        """Say it at the field, or above all where the field is not known."""
        if field == "body":
            self._body_error.setText(sentence)
            self._body_error.show()
            self.body.setFocus()
        elif self.properties.show_error(field, sentence):
            self.properties.show()
        elif not self._head.show_error(field, sentence):
            self._banner.show_error(sentence)

    def _on_failed(self, writing: int, error: Exception) -> None:
        if writing != self._writing:
            self._desktop.background.unheard.emit(error)
            return
        self._set_busy(False)
        if isinstance(error, Conflict) and self._view is not None:
            self._look(is_refused=True)
            return
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        field = error.field if isinstance(error, DeskError) else None
        if field:
            self._show_error(field, sentence_of(error))
        else:
            self._banner.show_error(f"{sentence_of(error)} What you wrote is kept.")

    # --- saving -------------------------------------------------------------------------------

    def _on_save_keys(self) -> None:
        if self.save_button.isEnabled():
            self.save()

    def _on_send_keys(self) -> None:
        self.send_button.click()

    def _save(
        self,
        then: Callable[[], object],
        *,
        publish: bool = False,
        over: ArticleView | None = None,
    ) -> None:
        """Send what stands in the fields, and go on with ``then`` when the desk has it.

        Over a newer text it is saved only where the person said so of that text.
        """
        if self._busy or (over is None and self._has_others()):
            return
        self._clear_errors()
        form = self.form()
        if not form.title.strip():
            self._show_error("title", "Give it a title: what would a reader look for?")
            return
        try:
            self._send(form, then, publish=publish, over=over)
        except ValidationError as error:
            wrong = invalid(error)
            self._show_error(wrong.field or "", str(wrong))

    def _has_others(self) -> bool:
        """Whether the desk has, or may have, a newer text than the one written on; say so then."""
        if self._theirs is not None and not self.is_changed:
            self._take(self._theirs)
            return True
        if self._theirs is not None:
            self.conflict_bar.insist()
            return True
        if self._view is not None and self._base is None:
            self._look_first(self._view.number)
            return True
        return False

    def _send(
        self,
        form: Form,
        then: Callable[[], object],
        *,
        publish: bool,
        over: ArticleView | None,
    ) -> None:
        articles, run = self._desktop.desk.articles, self._desktop.background.run
        if self._view is None:
            new = NewArticle(**self._values(form, _FIELDS))
            job = run(self, self._create, new, self._kept(form))
        elif publish or form != self._base:
            change = self._change(form, over or self._view, publish=publish)
            job = run(self, articles.save, self._view.id, change)
        else:
            then()
            return
        self._set_busy(True)
        job.then(partial(self._on_saved, self._writing, form, then))
        job.failed(partial(self._on_failed, self._writing))

    def _create(self, new: NewArticle, kept: dict[str, str]) -> ArticleView:
        """Create the article and forget its draft; runs on a thread of the pool.

        So no second one is made of it when the window is closed before the answer comes.
        """
        view = self._desktop.desk.articles.create(new)
        if self._desktop.drafts.load(_NEW) == kept:
            self._desktop.drafts.sent(_NEW)
        return view

    def _change(self, form: Form, over: ArticleView, *, publish: bool) -> ArticleChange:
        """Return what is otherwise than on the desk; what others changed meanwhile stays."""
        base = self._base
        names = [n for n in _FIELDS if base is None or getattr(form, n) != getattr(base, n)]
        values = self._values(form, names)
        if base is not None and form.review_on == base.review_on:
            values.pop("review_due")
        return ArticleChange(**values, publish=publish, version=over.version)

    def _values(self, form: Form, names: tuple[str, ...] | list[str]) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(form, name) for name in names}
        return values | {"review_due": self._due(form.review_on)}

    def _due(self, day: date | None) -> datetime | None:
        """Return noon of a day, which is that day wherever it is read nearby."""
        zone = self._desktop.clock().astimezone().tzinfo
        return datetime.combine(day, time(12), tzinfo=zone) if day else None

    def _on_saved(
        self, writing: int, form: Form, then: Callable[[], object], view: ArticleView
    ) -> None:
        if writing != self._writing:
            self.saved.emit(view)
            return
        self._set_busy(False)
        if self._view is None:
            # What was typed while it was on its way is kept as the new article's from now on.
            self._desktop.drafts.remove(_NEW)
        self._view, self._base, self._theirs = view, form, None
        self.conflict_bar.hide()
        self._banner.clear()
        self._keep()
        self._show_state()
        self._show_buttons()
        self._add_waiting()
        self.saved.emit(view)
        then()

    def _on_draft_done(self) -> None:
        if self._view is not None and self._pictures.are_coming(self._view.id):
            return
        self._draft_label.setText(f"Saved {clock_time(self._desktop.clock())}")

    def _ask_for_review(self) -> None:
        view = self._view
        if view is None or "review" not in view.allowed:
            self._leave()
            return
        self._set_busy(True)
        move = ArticleMove(state=ArticleState.REVIEW, version=view.version)
        job = self._desktop.background.run(self, self._desktop.desk.articles.move, view.id, move)
        job.then(partial(self._on_moved, self._writing))
        job.failed(partial(self._on_failed, self._writing))

    def _on_moved(self, writing: int, view: ArticleView) -> None:
        if writing == self._writing:
            self._set_busy(False)
            self._view = view
            self._show_state()
        self.saved.emit(view)
        if writing == self._writing:
            self._leave()

    def _leave(self) -> None:
        """Go back to reading, unless somebody has typed or pasted on meanwhile."""
        self._show_buttons()
        is_pasting = self._view is not None and self._pictures.are_coming(self._view.id)
        if not self.is_changed and not is_pasting:
            self.closed.emit()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._show_buttons()

    # --- what others do -----------------------------------------------------------------------

    def _on_changed(self, kind: str, ids: tuple[int, ...]) -> None:
        if kind == "article_category":
            self.properties.load()
        is_this = self._view is not None and (not ids or self._view.id in ids)
        if kind in ("article", "article_draft") and is_this and not self._busy:
            self._look()

    def _look(self, *, is_refused: bool = False) -> None:
        """Look at what the desk has now, and who wrote it; a save may have been refused for it."""
        if self._view is None:
            return
        self._looking = True
        job = self._desktop.background.latest(self, _theirs, self._desktop.desk, self._view.id)
        job.then(partial(self._on_theirs, is_refused))
        job.failed(partial(self._on_look_failed, self._writing, is_refused))

    def _look_first(self, number: str) -> None:
        """Say why nothing is saved yet, and find out."""
        self._banner.show_warning(
            f"Not saved yet: what others wrote in {number} is being looked up first."
            " What you wrote is kept."
        )
        if not self._looking:
            self._look()

    def _on_look_failed(self, writing: int, is_refused: bool, error: Exception) -> None:
        if writing != self._writing or self._view is None:
            self._desktop.background.unheard.emit(error)
            return
        self._looking = False
        if self._base is None and self._theirs is None:
            if isinstance(error, Unreachable):
                self._desktop.feed.fell_behind()
            number = self._view.number
            self._banner.show_error(
                f"{sentence_of(error)} {number} may have a newer text than the one you began on,"
                " so nothing is saved until that is known. What you wrote is kept.",
                "Retry",
                partial(self._retry_look, writing),
            )
        elif is_refused:
            self._on_failed(writing, error)
        else:
            self._desktop.background.unheard.emit(error)

    def _retry_look(self, writing: int) -> None:
        if writing == self._writing and not self._looking:
            self._look()

    def _on_theirs(self, is_refused: bool, theirs: Theirs) -> None:
        self._looking = False
        view, who = theirs
        mine = self._view
        if mine is None or mine.id != view.id or self._busy:
            return
        is_same_text = view.revision == mine.revision and self._base is not None
        if is_same_text:
            # Only its state or its review is another one.
            self._view = view if view.version > mine.version else mine
            self._show_state()
            self._show_buttons()
            if is_refused:
                self._banner.show_warning(
                    f"{view.number} is {view.state.label} now, which was done in the meantime;"
                    " what you wrote is kept. Try again."
                )
        elif not self.is_changed:
            self._take(theirs)
        else:
            if self._base is None and self._theirs is None:
                # It said that this was not known.
                self._banner.clear()
            self._theirs = theirs
            self.conflict_bar.tell(view.number, who)

    def _take(self, theirs: Theirs) -> None:
        """Show the newest text in place of one on which nothing was typed."""
        view, who = theirs
        self._view, self._base = view, Form.of(view)
        self._open(self._base, is_kept=False)
        self._banner.show_info(f"{who} has just changed it; this is the newest text.")

    def _show_theirs(self) -> None:
        if self._theirs is None:
            return
        view, who = self._theirs
        ComparisonDialog(
            self._desktop,
            f"{view.number}: theirs and yours",
            (f"Theirs · {who}", ArticleText.of(view)),
            ("Yours, not saved yet", self._text()),
            self,
        ).open()

    def _text(self) -> ArticleText:
        form = self.form()
        return ArticleText(
            title=form.title.strip(),
            summary=form.summary.strip(),
            body=form.body,
            category=self.properties.category_name,
            tags=", ".join(form.tags),
            language=form.language,
            visibility=VISIBILITY_LABELS[form.visibility],
        )

    def _save_on_top(self) -> None:
        if self._theirs is None or self._busy:
            return
        if self.is_changed:
            # Until the desk has it, the text stays one that was begun on an older one.
            self._save(self._on_saved_on_top, over=self._theirs[0])
        else:
            self._take(self._theirs)

    def _on_saved_on_top(self) -> None:
        """Show what others changed in fields that were not touched here."""
        if self._view is not None and not self.is_changed:
            self._base = Form.of(self._view)
            self._show_form(self._base)
        self._on_draft_done()

    # --- pictures -----------------------------------------------------------------------------

    def _on_pictures(self, sources: list[QImage | Path]) -> None:
        if not sources:
            return
        place = QTextCursor(self.body.textCursor())
        if self._view is not None:
            self._add_pictures(sources, place)
        elif not self._busy and not self.title.text().strip():
            self._show_error(
                "title",
                "Give the article a title first: a picture is stored with its article, which is"
                " then saved as a draft.",
            )
        else:
            self._waiting.append((sources, place))
            self._draft_label.setText(_PICTURE_WAITS)
            self._save(self._on_draft_done)

    def _add_waiting(self) -> None:
        """Add what was pasted before there was an article to store it with."""
        waiting, self._waiting = self._waiting, []
        for sources, place in waiting:
            self._add_pictures(sources, place)

    def _add_pictures(self, sources: list[QImage | Path], place: QTextCursor) -> None:
        assert self._view is not None  # noqa: S101 - the article was saved before
        self._draft_label.setText("Adding the picture…")
        self._pictures.add(self._view.id, sources, place)

    def _on_picture(self, article_id: int, place: QTextCursor, shown: ShownPicture) -> None:
        if self._view is None or self._view.id != article_id:
            return
        self._draft_label.setText("")
        self.body.insert_picture(place, shown.markdown, shown.words)
        if shown.notice:
            self._banner.show_info(shown.notice)

    def _on_picture_failed(self, sentence: str) -> None:
        self._draft_label.setText("")
        self._show_error("body", sentence)


def _theirs(desk: HelpDesk, article_id: int) -> Theirs:
    """Read an article and who wrote its newest text; runs on a thread of the pool."""
    view = desk.articles.view(article_id)
    newest = desk.articles.revisions(article_id, view.revision + 1)[0]
    return view, newest.author.full_name if newest.author else "Somebody"


def _state_text(view: ArticleView) -> str:
    is_rewritten = view.live_revision is not None and view.live_revision != view.revision
    return f"{view.state.label}, an older text is published" if is_rewritten else view.state.label
