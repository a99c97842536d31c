"""What people are told of a file before it is imported: which column becomes what, and which are ignored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..importer import Column, ContactFile, Ignored

_TAGS = "the tags of the file replace all tags that a contact has (a contact without tags in the file keeps its own)"


def about(contacts: ContactFile) -> Iterator[str]:
    """Yield the lines that say how a file is read."""
    yield f"{contacts.name}: {contacts.format}"
    if not contacts.columns:
        return
    yield f"  read: {', '.join(f'{column.name} as {column.field}' for column in contacts.columns if column.field)}"
    if quiet := _names(contacts.columns, Ignored.FOREIGN, Ignored.BY_HAND):
        yield f"  not read: {', '.join(quiet)}"
    yield from _questions(contacts.columns)
    if unknown := [column.name for column in contacts.columns if _is_unknown(column) and not column.about]:
        yield f'  not known: {", ".join(unknown)}; --map "{unknown[0]}=custom:ID" reads one into a custom field'
    if any(column.field == "tags" for column in contacts.columns):
        yield f"  {_TAGS}"


def _questions(columns: Sequence[Column]) -> Iterator[str]:
    fields = {column.name: column.field for column in columns if column.field}
    for column in columns:
        match column.ignored:
            case Ignored.TAKEN:
                field = fields.get(column.about or "")
                remedy = f'--map "{column.name}={field}" takes it instead'
                yield f"  `{column.name}` is ignored: {column.about} is the {field}; {remedy}"
            case Ignored.SECOND:
                yield f"  `{column.name}` is ignored: a contact has one {column.about}"
            case Ignored.NESTED:
                yield f"  `{column.name}` is ignored: {column.about} can be read from JSON Lines only"
            case Ignored.UNKNOWN if column.about:
                remedy = f'--map "{column.name}={column.about}"'
                yield f"  `{column.name}` is ignored; did you mean {column.about}? {remedy}"


def _names(columns: Sequence[Column], *ignored: Ignored) -> list[str]:
    return [column.name for column in columns if column.name and column.ignored in ignored]


def _is_unknown(column: Column) -> bool:
    return column.ignored is Ignored.UNKNOWN
