"""What people are told of a file before it is imported: which column becomes what, and which are ignored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..importer import Column, FieldMapping, Ignored


def about(name: str, form: str, columns: Sequence[Column], mapping: FieldMapping) -> Iterator[str]:
    """Yield the lines that say how a file is read."""
    yield f"{name}: {form}"
    if not columns:
        yield from _decided(mapping)
        return
    yield f"  read: {', '.join(_read(columns))}"
    yield from _decided(mapping)
    if quiet := _names(columns, Ignored.FOREIGN, Ignored.BY_HAND):
        yield f"  not read: {', '.join(quiet)}"
    yield from _questions(columns)
    if unknown := [column.name for column in columns if _is_unknown(column) and not column.about]:
        yield f'  not known: {", ".join(unknown)}; --map "{unknown[0]}=custom:NAME" reads one into a custom field'


def _read(columns: Sequence[Column]) -> Iterator[str]:
    """Name what each field is read from; columns that are joined have the same field."""
    by_field: dict[str, list[str]] = {}
    for column in columns:
        if column.field:
            by_field.setdefault(column.field, []).append(column.name)
    return (f"{' + '.join(names)} as {field}" for field, names in by_field.items())


def _decided(mapping: FieldMapping) -> Iterator[str]:
    """Say what of the records does not come from a column."""
    if mapping.constants:
        yield f"  every record: {', '.join(_given(field, value) for field, value in mapping.constants.items())}"
    if mapping.defaults:
        yield f"  records without: {', '.join(_given(field, value) for field, value in mapping.defaults.items())}"
    if mapping.default_region:
        yield f"  phone numbers are written as E.164, those without + as numbers of {mapping.default_region}"
    if mapping.empty == "clear":
        yield "  empty cells clear what a contact has"


def _given(field: str, value: object) -> str:
    return f"{field} {', '.join(value) if isinstance(value, list) else value}"


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
            case Ignored.CONSTANT:
                yield f"  `{column.name}` is ignored: the {column.about} of every record is given"
            case Ignored.UNKNOWN if column.about:
                remedy = f'--map "{column.name}={column.about}"'
                yield f"  `{column.name}` is ignored; did you mean {column.about}? {remedy}"


def _names(columns: Sequence[Column], *ignored: Ignored) -> list[str]:
    return [column.name for column in columns if column.name and column.ignored in ignored]


def _is_unknown(column: Column) -> bool:
    return column.ignored is Ignored.UNKNOWN
