"""A query to a database is a table, and nothing of the password or of the data is in an error."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.formats import open_table
from growthhub_async.importer.rows import Row

from ..reading import unheard
from .samples import known


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a table of three contacts, and one whose name has to be quoted."""
    path = tmp_path / "crm.db"
    database = sqlite3.connect(path)
    database.execute("create table contacts (Name text, Phone integer, photo blob)")
    rows = [("Ada", 2055550142, b"x"), ("Zoë", None, None), ("Joe", 2055550144, None)]
    database.executemany("insert into contacts values (?, ?, ?)", rows)
    database.execute('create table "select" as select Name from contacts')
    database.commit()
    database.close()
    return f"sqlite:///{path}"


def _rows(url: str, query: str | None) -> list[Row]:
    with open_table(url, query=query, is_known=known, tell=unheard) as table:
        return list(table)


def test_a_query_is_a_table(url: str) -> None:
    """Its columns are those it selects; a row's line is its number, and how many there will be is not known."""
    with open_table(url, query="select Name, Phone from contacts", is_known=known, tell=unheard) as table:
        assert (table.name, table.format, table.columns) == (url, "SQL", ["Name", "Phone"])
        assert [tuple(row)[:3] for row in table] == [
            (1, ["Ada", 2055550142], None),
            (2, ["Zoë", None], None),
            (3, ["Joe", 2055550144], None),
        ]
        assert table.share_read is None
        assert table.fingerprint().describe() == f"{url}, select Name, Phone from contacts"


@pytest.mark.parametrize("query", ["contacts", "main.contacts", " contacts\n"])
def test_the_name_of_a_table_is_a_query(url: str, query: str) -> None:
    """Of all its columns; what is no text is None, and no problem in a column that is not imported."""
    assert _rows(url, query)[0] == Row(1, ["Ada", 2055550142, None])


def test_the_name_of_a_table_is_quoted_where_it_has_to_be(url: str) -> None:
    """It is a name, whatever it reads like."""
    assert len(_rows(url, "select")) == 3


def test_colons_and_percent_signs_are_those_of_the_query(url: str) -> None:
    """Nothing in a query is a parameter."""
    query = "select Name from contacts where Name like 'A%' and ' :x' = ' :x' and '%s' = '%s'"
    assert [row.cells for row in _rows(url, query)] == [["Ada"]]


def test_bytes_are_a_problem_where_their_column_matters(url: str) -> None:
    """The row is told by its number."""
    first, second, _ = _rows(url, "select photo as Name from contacts")
    assert (first.line, first.cells) == (1, [None])
    assert "the column `Name` holds bytes" in (first.problem or "")
    assert second.problem is None


def test_rows_are_fetched_as_they_are_read(url: str) -> None:
    """A query without end gives its first rows, and is left in the middle."""
    query = "with recursive n(Name) as (select 1 union all select Name + 1 from n) select Name from n"
    with open_table(url, query=query, is_known=known, tell=unheard) as table:
        rows = iter(table)
        assert [next(rows).cells for _ in range(2_500)][-1] == [2_500]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "say what to read with --query"),
        (" ", "say what to read with --query"),
        ("nowhere", r"OperationalError: no such table: nowhere; is the --query right\?"),
        ("select from", r'OperationalError: near "from": syntax error'),
        ("delete from contacts", "the query gives no rows; write a SELECT"),
    ],
)
def test_a_query_that_cannot_be_used_says_why(url: str, query: str | None, message: str) -> None:
    """The message names the database."""
    with pytest.raises(ImportFileError, match=message) as raised:
        _rows(url, query)
    assert url in str(raised.value)


def test_a_query_that_writes_changes_nothing(url: str) -> None:
    """What it did is undone."""
    with pytest.raises(ImportFileError):
        _rows(url, "delete from contacts")
    assert len(_rows(url, "contacts")) == 3


def test_an_error_in_the_middle_tells_the_row_and_no_value(url: str) -> None:
    """The words of a database may have values in them."""
    query = "select json_extract(case Name when 'Joe' then Name else '{}' end, '$') as Name from contacts"
    with pytest.raises(ImportFileError) as raised:
        _rows(url, query)
    assert "OperationalError" in str(raised.value)
    assert "Joe" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql+nodriver://ada:secret@db/crm", "its kind of database is not known"),
        ("nodatabase://ada:secret@db/crm", "its kind of database is not known"),
        ("mysql+oursql_:///ada:secret@x", "its kind of database is not known"),
        ("oracle+oracledb://ada:secret@db/crm", "its driver oracledb is not installed"),
        ("postgresql://ada:secret@db:port/crm", "cannot be used as a URL of a database"),
        ("sqlite://ada:secret@/crm.db", "cannot be used as a URL|does not exist"),
        ("https://ada:secret@example.com/a.csv", "is no database; copy it to a file"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_and_keeps_its_password(url: str, message: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(ImportFileError, match=message) as raised:
        _rows(url, "contacts")
    assert "secret" not in str(raised.value)


def test_a_file_that_does_not_exist_is_refused_and_not_made(tmp_path: Path) -> None:
    """SQLite would make an empty database."""
    with pytest.raises(ImportFileError, match="does not exist"):
        _rows(f"sqlite:///{tmp_path}/none.db", "contacts")
    assert list(tmp_path.iterdir()) == []


class _Refusing:
    """A driver that is refused by its server, which says too much."""

    def __init__(self, error: Callable[[str], Exception]) -> None:
        self._error = error

    def __call__(self, *_: object) -> Any:
        raise self._error("for the value ada@example.com, password p%w\nsecond line")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sqlite3.OperationalError, "OperationalError: for the value ada@example.com, password ***;"),
        (sqlite3.DataError, "DataError;"),
        (RuntimeError, "RuntimeError: for the value ada@example.com, password ***;"),
    ],
)
def test_what_a_database_says_is_told_without_the_password(
    url: str, monkeypatch: pytest.MonkeyPatch, error: Callable[[str], Exception], told: str
) -> None:
    """And without its words where they are about data."""
    monkeypatch.setattr(sqlalchemy.Engine, "connect", _Refusing(_wrapped(error)))
    with pytest.raises(ImportFileError) as raised:
        _rows(f"{url}?isolation_level=p%25w", "contacts")
    assert told in str(raised.value)
    assert "second line" not in str(raised.value)


def _wrapped(error: Callable[[str], Exception]) -> Callable[[str], Exception]:
    def wrap(words: str) -> Exception:
        made = error(words)
        if isinstance(made, sqlite3.DataError):
            return sqlalchemy.exc.DataError("select", (), made)
        return sqlalchemy.exc.OperationalError("select", (), made) if isinstance(made, sqlite3.Error) else made

    return wrap


@contextmanager
def _listening(target: Any, event: str, heard: Callable[..., None]) -> Iterator[None]:
    sqlalchemy.event.listen(target, event, heard)
    try:
        yield
    finally:
        sqlalchemy.event.remove(target, event, heard)


def test_the_connection_is_closed_when_the_table_is_left(url: str) -> None:
    """In the middle too, and while somebody still has the table."""
    closed: list[str] = []
    with _listening(sqlalchemy.NullPool, "close", lambda *_: closed.append("closed")):
        with open_table(url, query="contacts", is_known=known, tell=unheard) as table:
            rows = iter(table)
            next(rows)
            assert closed == []
        assert closed == ["closed"]


@pytest.mark.parametrize("query", ["contacts", "select 1"])
def test_a_driver_is_asked_to_keep_the_rows_at_the_server(url: str, query: str) -> None:
    """Those of PostgreSQL and MySQL would take all of them into memory; SQLite does not in any case."""
    options: list[Any] = []

    def heard(*about: Any) -> None:
        options.append(about[4].execution_options)

    with _listening(sqlalchemy.Engine, "before_cursor_execute", heard):
        _rows(url, query)
    assert [(each["stream_results"], each["no_parameters"]) for each in options] == [(True, True)]
