# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about an article beside its text: where it belongs, for whom it is, who reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PyQt5.QtCore import QDate, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.articles import (
    ArticleCategoryView,
    ArticlePage,
    ArticleQuery,
    ArticleSort,
    ArticleView,
    Visibility,
)
from helpdesk.core.schemas.tickets import Assignable
from helpdesk.ui.articles.article_text import VISIBILITY_LABELS, Form
from helpdesk.ui.articles.category_dialog import CategoryDialog, tree_choices
from helpdesk.ui.articles.tag_edit import TagEdit
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_NEW = "new"
_USUAL_REVIEW = timedelta(days=180)
_TAGS_FROM = 200
_LANGUAGES = (
    ("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"),
    ("it", "Italiano"), ("nl", "Nederlands"), ("pl", "Polski"), ("pt", "Português"),
    ("sv", "Svenska"), ("cs", "Čeština"), ("tr", "Türkçe"), ("uk", "Українська"),
    ("ja", "日本語"), ("zh", "中文"),
)  # fmt: skip
_HINTS = {
    Visibility.EVERYONE: "Once it is published, everybody who can sign in reads it.",
    Visibility.TECHNICIANS: "Only technicians, managers and admins ever read it.",
}


class LateChoice(DropDown):
    """A drop-down whose choices may come later than what is chosen of them."""

    def __init__(self) -> None:
        """Begin without choices."""
        self._wanted: object = None
        super().__init__()
        self.activated.connect(self._on_activated)

    def choose(self, key: object) -> None:
        """Choose a key, now or as soon as it is offered."""
        self._wanted = key
        self.set_key(key)

    def offer(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer other choices; what is wanted stays so, also while it is not offered."""
        self.set_choices(choices)
        self.set_key(self._wanted)

    @property
    def wanted(self) -> object:
        """The key that is chosen."""
        return self._wanted

    def _on_activated(self) -> None:
        self._wanted = self.key


class EditorProperties(QScrollArea):
    """A column of fields."""

    edited = pyqtSignal()
    """The person changed one of them."""

    def __init__(self, desktop: Desktop) -> None:
        """Load what can be chosen."""
        super().__init__()
        self._desktop = desktop
        self._categories: tuple[ArticleCategoryView, ...] = ()
        self._people: list[tuple[object, str]] = []
        self._reviewer: tuple[object, str] | None = None
        self._category: object = None
        self._errors: dict[str, QLabel] = {}
        self.setObjectName("properties")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)
        self._build()
        self.load()

    def load(self) -> None:
        """Load categories, people and tags; what does not come is only not offered."""
        desk, background = self._desktop.desk, self._desktop.background
        unheard = background.unheard.emit
        latest = background.latest
        latest(self, desk.articles.categories).then(self._show_categories).failed(unheard)
        latest(self, desk.tickets.assignable).then(self._show_people).failed(unheard)
        query = ArticleQuery(sort=ArticleSort.READ, limit=_TAGS_FROM)
        latest(self, desk.articles.search, query).then(self._show_tags).failed(unheard)

    def show_form(self, form: Form, view: ArticleView | None) -> None:
        """Show what a form says; nobody is told."""
        reviewer = view.reviewer if view else None
        self._reviewer = (reviewer.id, reviewer.full_name) if reviewer else None
        self._offer_people()
        self._category = form.category_id
        self.category.choose(form.category_id)
        self.tags.setText(", ".join(form.tags))
        if form.language not in dict(_LANGUAGES):
            self.language.offer([*_LANGUAGES, (form.language, form.language)])
        self.language.choose(form.language)
        self.visibility.choose(form.visibility)
        self.reviewer.choose(form.reviewer_id)
        self._show_date(form.review_on)
        self._show_hint()
        self.clear_errors()

    def filled(self, form: Form) -> Form:
        """Return a form with what stands in these fields."""
        category, reviewer = self.category.wanted, self.reviewer.wanted
        visibility = self.visibility.wanted
        return Form(
            title=form.title,
            summary=form.summary,
            body=form.body,
            category_id=category if isinstance(category, int) else None,
            tags=self.tags.tags,
            language=str(self.language.wanted),
            visibility=visibility if isinstance(visibility, Visibility) else Visibility.EVERYONE,
            reviewer_id=reviewer if isinstance(reviewer, int) else None,
            review_on=self.review_on.date().toPyDate() if self.has_review.isChecked() else None,
        )

    @property
    def category_name(self) -> str:
        """The name of the category chosen."""
        key = self.category.wanted
        return next((each.name for each in self._categories if each.id == key), "")

    def show_error(self, field: str, sentence: str) -> bool:
        """Say what is wrong with a field. Returns whether it is one of these."""
        label = self._errors.get(field)
        if label is None:
            return False
        label.setText(sentence)
        label.show()
        self.ensureWidgetVisible(label)
        return True

    def clear_errors(self) -> None:
        """Take back what was said of the fields."""
        for label in self._errors.values():
            label.hide()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(5)
        self._add_place()
        self._add_audience()
        self._add_review()
        self._column.addStretch(1)
        self.setWidget(inside)

    def _add_place(self) -> None:
        self.category = LateChoice()
        self._offer_categories()
        self.category.activated.connect(self._on_category)
        self._add("category_id", "Category", self.category)
        self.tags = TagEdit()
        self.tags.textEdited.connect(self._on_edited)
        self._add("tags", "Tags, separated by commas", self.tags)
        self.language = LateChoice()
        self.language.offer(_LANGUAGES)
        self.language.activated.connect(self._on_edited)
        self._add("language", "Language", self.language)

    def _add_audience(self) -> None:
        self.visibility = LateChoice()
        self.visibility.offer(list(VISIBILITY_LABELS.items()))
        self.visibility.activated.connect(self._on_edited)
        self.visibility.activated.connect(self._show_hint)
        self._hint = PlainLabel(role="secondary")
        self._add("visibility", "Who may read it", self.visibility, self._hint)

    def _add_review(self) -> None:
        self.reviewer = LateChoice()
        self._offer_people()
        self.reviewer.activated.connect(self._on_edited)
        self._add("reviewer_id", "Reviewer", self.reviewer)
        self.has_review = QCheckBox("Review by a date")
        self.review_on = QDateEdit()
        self.review_on.setCalendarPopup(True)
        self.review_on.setAccessibleName("Review by")
        self.review_on.setDisplayFormat("d MMM yyyy")
        self._show_date(None)
        self.has_review.clicked.connect(self._on_edited)
        self.has_review.toggled.connect(self.review_on.setVisible)
        self.review_on.dateChanged.connect(self._on_date)
        note = PlainLabel(
            "Its reviewer, or else its author, is reminded then. Publishing sets one by itself.",
            role="secondary",
        )
        self._add("review_due", "", self.has_review, self.review_on, note)

    def _add(self, name: str, title: str, field: QWidget, *more: QWidget) -> None:
        error = QLabel()
        error.setProperty("role", "error")
        error.setTextFormat(Qt.PlainText)
        error.setWordWrap(True)
        error.hide()
        self._errors[name] = error
        if isinstance(field, DropDown):
            # A long name must not make the column wider than it is.
            field.setSizeAdjustPolicy(DropDown.AdjustToMinimumContentsLengthWithIcon)
        if title:
            self._column.addWidget(FieldLabel(title, field))
        for widget in (field, *more, error):
            self._column.addWidget(widget)
        self._column.addSpacing(8)

    # --- what can be chosen -------------------------------------------------------------------

    def _show_categories(self, categories: tuple[ArticleCategoryView, ...]) -> None:
        self._categories = categories
        self._offer_categories()

    def _offer_categories(self) -> None:
        choices: list[tuple[object, str]] = [(None, "No category")]
        choices += tree_choices(self._categories)
        if self._desktop.may(Permission.PUBLISH_ARTICLES):
            choices.append((_NEW, "New category…"))
        self.category.offer(choices)

    def _show_people(self, people: tuple[Assignable, ...]) -> None:
        self._people = [(person.id, person.full_name) for person in people]
        self._offer_people()

    def _offer_people(self) -> None:
        people = list(self._people)
        if self._reviewer and self._reviewer not in people:
            people.append(self._reviewer)
        self.reviewer.offer([(None, "Nobody yet"), *people])

    def _show_tags(self, page: ArticlePage) -> None:
        self.tags.set_known(tag for row in page.items for tag in row.tags)

    def _show_date(self, day: date | None) -> None:
        usual = day or (self._desktop.clock().astimezone() + _USUAL_REVIEW).date()
        blocked = self.review_on.blockSignals(True)
        self.review_on.setDate(QDate(usual.year, usual.month, usual.day))
        self.review_on.blockSignals(blocked)
        self.has_review.setChecked(day is not None)
        self.review_on.setVisible(day is not None)

    def _show_hint(self) -> None:
        key = self.visibility.wanted
        self._hint.setText(_HINTS[key] if isinstance(key, Visibility) else "")

    # --- what happens -------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self.clear_errors()
        self.edited.emit()

    def _on_date(self) -> None:
        if self.has_review.isChecked():
            self._on_edited()

    def _on_category(self) -> None:
        if self.category.key != _NEW:
            self._category = self.category.key
            self._on_edited()
            return
        self.category.choose(self._category)
        dialog = CategoryDialog(self._desktop, self._categories, self)
        dialog.added.connect(self._on_added)
        dialog.open()

    def _on_added(self, category: ArticleCategoryView) -> None:
        self._show_categories((*self._categories, category))
        self._category = category.id
        self.category.choose(category.id)
        self._on_edited()
