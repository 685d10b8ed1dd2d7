# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports every article into a folder of Markdown files that can be imported again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.core.errors import Conflict, NotFound
from helpdesk.core.markdown import article_in, image_in
from helpdesk.core.markdown_links import Address, readdressed
from helpdesk.core.permissions import SYSTEM
from helpdesk.core.schemas.articles import ArticleState
from helpdesk.core.schemas.audit import ExportKind
from helpdesk.database.db_manager import DbManager
from helpdesk.models import Article, ArticleImage, ArticleRevision
from helpdesk.repositories.article_categories import ArticleCategoryRepository
from helpdesk.repositories.article_lists import tags_of
from helpdesk.repositories.articles import ArticleRepository, Heading
from helpdesk.repositories.users import UserRepository
from helpdesk.services.article_files import FILE_LIMIT, ArticleFile, written
from helpdesk.services.article_folders import (
    IMAGES,
    FileNames,
    address_from,
    draft_name,
    slug,
)
from helpdesk.services.work import Transacted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_TELL_EVERY = 20
_DIGEST_LETTERS = 32
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}

Progress = Callable[[int, int], None]
"""Called with the articles done and all articles."""


@dataclass
class Exported:
    """What an export has written."""

    articles: int = 0
    drafts: int = 0
    """Newer texts of published articles, in files of their own."""
    pictures: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)


def export(
    database: DbManager, folder: Path, *, at: datetime, progress: Progress | None = None
) -> Exported:
    """Write all articles as they are at one moment.

    That they are taken out is entered before, except where the desk is open for reading only.

    The folder has to be empty, or not there yet: nothing that exists is ever written over. Raises
    ``Conflict`` when it is not empty. Whatever is raised, what was written is taken away again.
    """
    with _empty(folder):
        if not database.read_only:
            with database.writing() as session:
                desk = Transacted(session, SYSTEM)
                desk.audit.taken_out(ExportKind.ARTICLES, "")
                desk.finish(at)
        return _export(database, folder, progress)


def _export(database: DbManager, folder: Path, progress: Progress | None) -> Exported:
    with database.reading() as session:
        exporter = _Exporter(session, folder)
        return exporter.run(progress)


class _Exporter:
    """Writes articles one after the other, knowing where all of them will lie."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._folder = folder
        self._articles = ArticleRepository(session, SYSTEM)
        self._users = UserRepository(session)
        self._usernames: dict[int, str] = {}
        self._categories = _paths(ArticleCategoryRepository(session, SYSTEM))
        self._headings = self._articles.headings()
        self._files = self._named(self._headings)
        self._done = Exported()

    def run(self, progress: Progress | None) -> Exported:
        """Write all of them."""
        for done, heading in enumerate(self._headings):
            self._write_article(self._articles.get(heading.id))
            if progress and done % _TELL_EVERY == 0:
                progress(done, len(self._headings))
        return self._done

    def _named(self, headings: list[Heading]) -> dict[int, str]:
        """Return the file of each article.

        It depends on nothing but titles and categories, and among articles with the same ones on
        their order: so an import of the files has the same names again.
        """
        names = FileNames()
        folders = names.folders(self._categories[each.category_id] for each in headings)
        places = sorted(
            (folders[self._categories[each.category_id]], slug(each.title), each.id)
            for each in headings
        )
        return {id_: names.file(folder, name) for folder, name, id_ in places}

    def _write_article(self, article: Article) -> None:
        name = self._files[article.id]
        has_newer = article.is_live and article.live_revision != article.revision
        file = self._text(article, article)._replace(
            state=ArticleState.PUBLISHED if article.is_live else article.state,
            author=self._username(article.author_id),
            reviewer=self._username(article.reviewer_id),
            review_due=article.review_due,
            created=article.created_at,
            updated=article.updated_at,
            published=article.published_at,
        )
        self._write(article, name, file)
        self._done.articles += 1
        if has_newer:
            newest = self._articles.newest(article)
            file = self._text(article, newest)._replace(
                state=article.state,
                author=self._username(newest.author_id),
                updated=newest.at,
                draft_of=name.rpartition("/")[2],
            )
            self._write(article, draft_name(name), file)
            self._done.drafts += 1

    def _text(self, article: Article, text: Article | ArticleRevision) -> ArticleFile:
        return ArticleFile(
            title=text.title,
            body=text.body,
            summary=text.summary,
            category=self._categories[text.category_id],
            tags=tags_of(text.tags),
            language=text.language,
            visibility=text.visibility,
        )

    def _write(self, article: Article, name: str, file: ArticleFile) -> None:
        body = readdressed(file.body, lambda address: self._new_address(name, file.body, address))
        data = written(file._replace(body=body))
        if len(data) > FILE_LIMIT:
            data = written(file)
            self._done.remarks.append(f"{name}: too many links; they stay as they are")
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            stream.write(data)

    def _new_address(self, name: str, body: str, address: Address) -> str | None:
        article_id = article_in(address.href) if address.leads else None
        if article_id in self._files:
            written_as = body[address.start : address.end]
            plain = "\\" not in written_as and "&" not in written_as
            _, sign, rest = (written_as if plain else address.href).partition("#")
            return address_from(name, self._files[article_id]) + sign + rest
        image_id = image_in(address.href) if address.shows else None
        image = self._image(image_id) if image_id else None
        return address_from(name, self._picture(image)) if image else None

    def _image(self, image_id: int) -> ArticleImage | None:
        try:
            return self._articles.image(image_id)
        except NotFound:
            return None

    def _picture(self, image: ArticleImage) -> str:
        """Return the file of a picture, which is written once."""
        name = f"{IMAGES}/{image.digest[:_DIGEST_LETTERS]}.{_ENDINGS[image.kind]}"
        if name not in self._done.pictures:
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(image.data)
            self._done.pictures.add(name)
        return name

    def _username(self, user_id: int | None) -> str | None:
        if user_id is None:
            return None
        if user_id not in self._usernames:
            self._usernames[user_id] = self._users.get(user_id).username
        return self._usernames[user_id]


def _paths(categories: ArticleCategoryRepository) -> dict[int | None, tuple[str, ...]]:
    """Return the names of each category from the top; of none, no names."""
    views = {view.id: view for view in categories.views()}

    def path(id_: int | None) -> tuple[str, ...]:
        return () if id_ is None else (*path(views[id_].parent_id), views[id_].name)

    return {id_: path(id_) for id_ in (None, *views)}


@contextmanager
def _empty(folder: Path) -> Iterator[None]:
    """Make sure that a folder is there and empty, and leave it so when something is raised."""
    if folder.exists() and not folder.is_dir():
        raise Conflict(f"{folder} is a file; name a new folder.")
    was_there = folder.is_dir()
    if was_there and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty; name a new folder, or an empty one.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
        if not was_there:
            folder.rmdir()
        raise
