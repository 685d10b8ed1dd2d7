# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports a folder of articles: first all of it is checked, then all of it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.markdown import article_in, image_in
from helpdesk.core.markdown_links import Address, addresses_in, readdressed
from helpdesk.core.permissions import STAFF, SYSTEM
from helpdesk.core.schemas.articles import (
    ARTICLE_LIMIT,
    IMAGE_BYTES_LIMIT,
    ArticleState,
    Visibility,
)
from helpdesk.core.text import folded
from helpdesk.database.db_manager import DbManager
from helpdesk.models import Article, ArticleImage, ArticleRevision, User
from helpdesk.models.article import article_number
from helpdesk.repositories.article_categories import ArticleCategoryRepository
from helpdesk.repositories.article_lists import kept_tags
from helpdesk.repositories.articles import ArticleRepository
from helpdesk.repositories.desk_changes import DeskChangeRepository
from helpdesk.repositories.users import UserRepository
from helpdesk.services.article_files import ArticleFile, BadFile, category_of, parsed
from helpdesk.services.article_folders import ArticleFolder, Target, is_article
from helpdesk.services.articles import kind_of
from helpdesk.services.import_values import shown

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LINES_KEPT = 100

_TELL_EVERY = 20
_PLACE = re.compile("(?:line [0-9]+|[a-z_]+)[,:] ")
"""What begins with a place in a file, such as 'line 3, state: '."""
_MOVED = "The folder or the desk has changed in the meantime; nothing was imported, try again."

Progress = Callable[[int, int], None]
"""Called with the files done and all files."""
Adapt = Callable[[str, ArticleFile], ArticleFile]
"""Called with each file and what it holds; returns what is to be written."""


@dataclass(frozen=True)
class ArticleImport:
    """What somebody wants to import."""

    folder: Path
    again: bool = False
    """Whether to add as well what the desk has already."""


@dataclass
class Lines:
    """What there is to tell of files: the first lines, and how many there are in all."""

    kept: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, file: str, said: str) -> None:
        """Take a line about a file."""
        self.count += 1
        if len(self.kept) < LINES_KEPT:
            self.kept.append(f"{file}{', ' if _PLACE.match(said) else ': '}{said}")


class Planned(NamedTuple):
    """A file to write, as it was when it was checked."""

    name: str
    digest: bytes
    draft: Planned | None = None
    """The file with a newer text of the same article."""
    existing: int | None = None
    """The article that the desk has already, which stays as it is."""


@dataclass
class Survey:
    """What the first pass has found: what an import would do, and what stands in its way."""

    files: int = 0
    bad: Lines = field(default_factory=Lines)
    remarks: Lines = field(default_factory=Lines)
    """What is no reason not to import a file, but may surprise."""
    skipped: Lines = field(default_factory=Lines)
    by_state: Counter[ArticleState] = field(default_factory=Counter)
    for_technicians: int = 0
    drafts: int = 0
    pictures: int = 0
    known: int = 0
    """How many articles the desk has."""
    new_categories: list[str] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)

    @property
    def articles(self) -> int:
        """How many articles there would be."""
        return self.by_state.total()


def survey(
    database: DbManager,
    wanted: ArticleImport,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Survey:
    """Read all of a folder and tell what importing it would do; nothing is changed.

    Raises ``Invalid`` when there is no such folder, or nothing in it.
    """
    folder = ArticleFolder(wanted.folder)
    with database.reading() as session:
        surveyor = _Surveyor(folder, _Reader(folder, session, now), _Known(session), wanted)
        for done, name in enumerate(folder.articles):
            surveyor.look_at(name)
            if progress and done % _TELL_EVERY == 0:
                progress(done, len(folder.articles))
    return surveyor.found()


def write(
    database: DbManager,
    wanted: ArticleImport,
    found: Survey,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Import what the survey has found and return how many articles there are more.

    It is one transaction: all of them or none. Raises ``Invalid`` when there is a bad file, and
    ``Conflict`` when something has changed since the survey.
    """
    require_importable(wanted, found)
    folder = ArticleFolder(wanted.folder)
    with database.writing() as session:
        if _Known(session).count != found.known:
            raise Conflict(_MOVED)
        ArticleLoader(folder, session, now).load(found.planned, progress=progress)
        # Categories come with no entry in the feed: open windows load everything anew.
        DeskChangeRepository(session, SYSTEM).begin_anew()
    return found.articles


def require_importable(wanted: ArticleImport, found: Survey) -> None:
    """Raise ``Invalid`` when a folder cannot be imported as it is wanted."""
    if found.bad.count:
        raise Invalid(
            f"{found.bad.count:,} of {found.files:,} files cannot be imported, so nothing was;"
            " correct them first."
        )
    if not found.articles and not found.skipped.count:
        raise Invalid(f"{wanted.folder} holds no article; there is nothing to import.")


class ArticleLoader:
    """Writes planned files into a desk, within a transaction of the caller's."""

    def __init__(self, folder: ArticleFolder, session: Session, now: datetime) -> None:
        """Bind to a folder and to a writing transaction."""
        self._folder = folder
        self._session = session
        self._now = now
        self._reader = _Reader(folder, session, now)
        self._articles = ArticleRepository(session, SYSTEM)
        self._categories = ArticleCategoryRepository(session, SYSTEM)
        self._ids: dict[str, int] = {}

    def load(
        self,
        plan: Sequence[Planned],
        adapt: Adapt | None = None,
        progress: Progress | None = None,
    ) -> dict[str, int]:
        """Write the articles in this order and return the id of each by its file.

        All of them get their numbers first, since they lead to each other. Raises ``Conflict``
        for a file that is not as it was planned.
        """
        for each in plan:
            self._ids[each.name] = each.existing or self._begun()
            if each.draft is not None:
                self._ids[each.draft.name] = self._ids[each.name]
        for done, each in enumerate(plan):
            if each.existing is None:
                self._write(each, adapt)
            if progress and done % _TELL_EVERY == 0:
                progress(done, len(plan))
        return {each.name: self._ids[each.name] for each in plan}

    def _begun(self) -> int:
        """Take the number of a new article, which only its writers could see like this."""
        article = Article(
            state=ArticleState.DRAFT,
            revision=1,
            live_revision=None,
            created_at=self._now,
            updated_at=self._now,
        )
        nothing = ArticleRevision(
            title="", summary="", body="", category_id=None, tags=kept_tags(()), language="en",
            visibility=Visibility.TECHNICIANS,
        )  # fmt: skip
        self._articles.begin(article, nothing)
        return article.id

    def _write(self, planned: Planned, adapt: Adapt | None) -> None:
        file = self._reader.checked(planned)
        file = adapt(planned.name, file) if adapt else file
        article = self._articles.get(self._ids[planned.name])
        given = [each for each in (file.created, file.published, file.updated) if each]
        is_live = file.state is ArticleState.PUBLISHED
        article.state = file.state
        article.live_revision = 1 if is_live else None
        article.author_id = self._reader.person(file.author)
        article.reviewer_id = self._reader.person(file.reviewer)
        article.review_due = file.review_due
        article.created_at = file.created or min(given, default=self._now)
        article.updated_at = file.updated or max(given, default=self._now)
        article.published_at = file.published or (article.created_at if is_live else None)
        at = article.published_at or article.updated_at
        first = self._revision(article, 1, planned.name, file, at)
        article.take_text(first)
        self._articles.save(article, first)
        if planned.draft is not None:
            self._write_draft(article, planned.draft)

    def _write_draft(self, article: Article, planned: Planned) -> None:
        file = self._reader.checked(planned)
        at = file.updated or article.updated_at
        newest = self._revision(article, 2, planned.name, file, at)
        article.rewrite(newest)
        article.state = file.state
        self._articles.save(article, newest)

    def _revision(
        self, article: Article, number: int, name: str, file: ArticleFile, at: datetime
    ) -> ArticleRevision:
        return ArticleRevision(
            article_id=article.id,
            number=number,
            author_id=self._reader.person(file.author),
            at=at,
            category_id=self._categories.named(file.category or ()),
            language=file.language,
            visibility=file.visibility,
            title=file.title,
            tags=kept_tags(file.tags),
            summary=file.summary,
            body=self._body(article, name, file, at),
        )

    def _body(self, article: Article, name: str, file: ArticleFile, at: datetime) -> str:
        """Return the text with the addresses that it has in the desk."""

        def new_address(address: Address) -> str | None:
            target = self._folder.target(name, address.href)
            if target is None or target.file is None:
                return None
            if address.leads and target.file in self._ids:
                number = article_number(self._ids[target.file])
                return number + _fragment(file.body, address, target)
            if address.shows:
                return f"image-{self._image(article, target.file, at)}"
            return None

        return readdressed(file.body, new_address)

    def _image(self, article: Article, name: str, at: datetime) -> int:
        try:
            data = self._folder.picture(name)
        except OSError as error:
            raise Conflict(_MOVED) from error
        image = ArticleImage(
            article_id=article.id,
            author_id=article.author_id,
            at=at,
            kind=kind_of(data),
            digest=sha256(data).hexdigest(),
            data=data,
        )
        return self._articles.add_image(image).id


def _fragment(body: str, address: Address, target: Target) -> str:
    """Return what follows the path, as it is written where that is plain."""
    written = body[address.start : address.end]
    if "\\" in written or "&" in written:
        return target.fragment
    _, sign, rest = written.partition("#")
    return sign + rest


class _Reader:
    """Reads files as far as they can be understood with the accounts of the desk."""

    def __init__(self, folder: ArticleFolder, session: Session, now: datetime) -> None:
        self._folder = folder
        self._users = UserRepository(session)
        self._now = now
        self._people: dict[str, User | None] = {}

    def read(self, name: str) -> tuple[ArticleFile, bytes]:
        """Return what a file holds, and a digest of it. Raises ``BadFile``."""
        try:
            data = self._folder.read(name)
        except OSError as error:
            raise BadFile(_unreadable(error)) from error
        return self._understood(name, data), sha256(data).digest()

    def checked(self, planned: Planned) -> ArticleFile:
        """Return what a file holds. Raises ``Conflict`` when it is not as it was planned."""
        try:
            file, digest = self.read(planned.name)
        except BadFile as error:
            raise Conflict(_MOVED) from error
        if digest != planned.digest:
            raise Conflict(_MOVED)
        return file

    def person(self, username: str | None) -> int | None:
        """Return the account of a user name; ``None`` is nobody's."""
        found = self._account(username) if username else None
        return found.id if found else None

    def doubts(self, file: ArticleFile) -> list[str]:
        """Return what is to be said of the people of a file.

        Nobody is left out for it: who was staff once is named in a desk for good, and an export
        of that desk must come in as it is.
        """
        author = self._account(file.author) if file.author else None
        reviewer = self._account(file.reviewer) if file.reviewer else None
        said = []
        if author is not None and author.role not in STAFF:
            said.append(f"author: {shown(author.username)} is not staff; named all the same")
        if reviewer is not None and not reviewer.can_be_given_tickets:
            is_what = "not staff" if reviewer.role not in STAFF else "deactivated"
            reason = f"is {is_what} and cannot review; named all the same"
            said.append(f"reviewer: {shown(reviewer.username)} {reason}")
        return said

    def _understood(self, name: str, data: bytes) -> ArticleFile:
        file = parsed(data, self._now)
        if file.category is None:
            file = file._replace(category=category_of(tuple(name.split("/")[:-1])))
        for key, username in (("author", file.author), ("reviewer", file.reviewer)):
            if username and self._account(username) is None:
                raise BadFile(f"{key}: there is no account {shown(username)}; add it first")
        return file

    def _account(self, username: str) -> User | None:
        key = folded(username)
        if key not in self._people:
            self._people[key] = self._users.by_username(username)
        return self._people[key]


def _unreadable(error: OSError) -> str:
    return f"the file cannot be read: {error.strerror or error}"


class _Known:
    """The articles and categories that a desk has before an import."""

    def __init__(self, session: Session) -> None:
        views = ArticleCategoryRepository(session, SYSTEM).views()
        parents = {view.id: (folded(view.name), view.parent_id) for view in views}
        self._categories: dict[tuple[str, ...], int] = {
            _path(view.id, parents): view.id for view in views
        }
        headings = ArticleRepository(session, SYSTEM).headings()
        self._articles = {
            (folded(each.title), each.language, each.category_id): each.id for each in headings
        }
        self.count = len(headings)

    def existing(self, file: ArticleFile) -> int | None:
        """Return the article with the same title, language and category."""
        path = _folded(file.category or ())
        category_id = self._categories.get(path)
        if path and category_id is None:
            return None
        return self._articles.get((folded(file.title), file.language, category_id))

    def missing(self, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the categories of a path that there are not yet."""
        above = (path[: depth + 1] for depth in range(len(path)))
        return [each for each in above if _folded(each) not in self._categories]


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(folded, path))


def _path(id_: int, parents: dict[int, tuple[str, int | None]]) -> tuple[str, ...]:
    name, parent_id = parents[id_]
    return (name,) if parent_id is None else (*_path(parent_id, parents), name)


class _Surveyor:
    """Looks at one file after the other and gathers what is to be told."""

    def __init__(
        self, folder: ArticleFolder, reader: _Reader, known: _Known, wanted: ArticleImport
    ) -> None:
        self._folder = folder
        self._reader = reader
        self._known = known
        self._again = wanted.again
        self._survey = Survey(files=len(folder.articles) + len(folder.refused))
        self._planned: dict[str, Planned] = {}
        self._states: dict[str, ArticleState] = {}
        self._drafts: list[tuple[Planned, str]] = []
        self._pictures: dict[str, str | None] = {}
        self._categories: dict[tuple[str, ...], str] = {}

    def look_at(self, name: str) -> None:
        """Take in a file."""
        try:
            file, digest = self._reader.read(name)
            in_body = self._look_at_body(name, file)
        except BadFile as error:
            self._survey.bad.add(name, str(error))
            return
        for remark in (*file.unused, *self._reader.doubts(file), *in_body):
            self._survey.remarks.add(name, remark)
        for path in self._known.missing(file.category or ()):
            self._categories.setdefault(_folded(path), " / ".join(path))
        if file.draft_of is not None:
            self._drafts.append((Planned(name, digest), file.draft_of))
            return
        existing = None if self._again else self._known.existing(file)
        self._planned[name] = Planned(name, digest, existing=existing)
        self._states[name] = file.state
        if existing is not None:
            same = f"{article_number(existing)} has its title, language and category; left out"
            self._survey.skipped.add(name, same)
            return
        self._survey.by_state[file.state] += 1
        self._survey.for_technicians += file.visibility is Visibility.TECHNICIANS

    def found(self) -> Survey:
        """Return all there is to tell, once every file was looked at."""
        survey = self._survey
        for name, reason in self._folder.refused:
            survey.bad.add(name, reason)
        for draft, draft_of in self._drafts:
            self._join(draft, draft_of)
        survey.known = self._known.count
        survey.pictures = sum(problem is None for problem in self._pictures.values())
        survey.new_categories = sorted(self._categories.values())
        survey.planned = list(self._planned.values())
        return survey

    def _join(self, draft: Planned, draft_of: str) -> None:
        """Put a newer text to the article that it is a text of."""
        main = self._folder.file(draft.name, draft_of)
        planned = self._planned.get(main or "")
        if planned is None:
            there = "is no article that can be imported" if main else "is no file beside it"
            self._survey.bad.add(draft.name, f"draft_of: {shown(draft_of)} {there}")
        elif self._states[planned.name] is not ArticleState.PUBLISHED:
            reason = "is not published, and only that can have a newer draft"
            self._survey.bad.add(draft.name, f"draft_of: {shown(draft_of)} {reason}")
        elif planned.draft is not None:
            reason = f"has the draft {shown(planned.draft.name)} already"
            self._survey.bad.add(draft.name, f"draft_of: {shown(draft_of)} {reason}")
        else:
            self._planned[planned.name] = planned._replace(draft=draft)
            self._survey.drafts += planned.existing is None

    def _look_at_body(self, name: str, file: ArticleFile) -> list[str]:
        """Return what is to be said of links. Raises ``BadFile``."""
        remarks, longer = [], 0
        for address in addresses_in(file.body):
            line = file.body_line + file.body.count("\n", 0, address.start)
            remark = self._look_at_address(name, address, line)
            if remark is None:
                longer += address.end - address.start
            elif remark:
                remarks.append(f"line {line}: {remark}")
        if len(file.body) - longer > ARTICLE_LIMIT:
            raise BadFile(f"the text may have at most {ARTICLE_LIMIT:,} characters")
        return remarks

    def _look_at_address(self, name: str, address: Address, line: int) -> str | None:
        """Return ``None`` for what becomes an address of the desk, else a remark or nothing."""
        target = self._folder.target(name, address.href)
        if target is None or not (address.leads or address.shows):
            return ""
        said = shown(address.href)
        if (article_in(address.href) and address.leads) or image_in(address.href):
            return f"{said} is no file here; it is left to what has that number in the desk"
        if target.file is None:
            is_inside = address.shows or is_article(address.href.partition("#")[0])
            return f"{said} is no file of the folder; it stays as it is" if is_inside else ""
        if address.leads and is_article(target.file):
            return None
        if not address.shows:
            return f"{said} is no article; it stays as it is"
        if target.file not in self._pictures:
            self._pictures[target.file] = self._problem_of_picture(target.file)
        problem = self._pictures[target.file]
        if problem:
            raise BadFile(f"line {line}: {said}: {problem}")
        return None

    def _problem_of_picture(self, name: str) -> str | None:
        try:
            data = self._folder.picture(name)
        except OSError as error:
            return _unreadable(error)
        if len(data) > IMAGE_BYTES_LIMIT:
            return f"a picture may have at most {IMAGE_BYTES_LIMIT // 1024 // 1024} MB"
        try:
            kind_of(data)
        except Invalid:
            return "a picture must be PNG, JPEG, GIF or WebP"
        return None
