"""Databases that exist for one run."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

_DROP_RETRIES = 5


class Databases:
    """Makes databases on the server of `url`, and drops every one of them at the end of the block."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: list[str] = []

    def __enter__(self) -> "Databases":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._made:
            self._drop(self._made.pop())

    def create(self, purpose: str, *, like: str | None = None) -> str:
        """A new database, empty or a copy of the one at the URL `like`, to which nobody is connected; its URL."""
        name = f"bench_{os.getpid()}_{purpose}"
        template = urlsplit(like).path.lstrip("/") if like else "template1"
        # Noted first: a database that was made just before an interruption is dropped as well.
        self._made.append(name)
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    @contextmanager
    def temporary(self, purpose: str, *, like: str | None = None) -> Iterator[str]:
        """Such a database for the block alone: what is left to do in it disturbs nothing that is measured later."""
        url = self.create(purpose, like=like)
        try:
            yield url
        finally:
            name = urlsplit(url).path.lstrip("/")
            self._drop(name)
            self._made.remove(name)

    def server(self) -> dict[str, str]:
        """The server's version and the settings that decide how fast it commits."""
        with psycopg.connect(self._url) as connection:
            names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            rows = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
        return {name: row[0] for name, row in zip(names, rows, strict=True) if row}

    def _drop(self, name: str) -> None:
        """An autovacuum worker in the database, which only a superuser may end, goes by itself: then once more."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        for seconds in range(1, _DROP_RETRIES + 1):
            try:
                self._execute(drop)
            except psycopg.errors.InsufficientPrivilege:
                time.sleep(seconds)
            else:
                return
        self._execute(drop)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


def tidy(url: str) -> None:
    """Leaves a database as autovacuum would: with statistics, and its pages marked as visible to all."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages TO error")
        connection.execute("VACUUM (ANALYZE)")
