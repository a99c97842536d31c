"""Rows to records: which column is which field, and what its values are.

names.py          what the name of a column means; synonyms.py has the words
targets.py        what a column can be read as
field_mapping.py  what a person has decided, `--map` included; mapping_file.py reads and writes it
columns.py        which column becomes which field
custom.py         the custom fields of a location, by id, key or name
binding.py        what the columns become, bound to a location
values.py         the values of a contact's fields; custom_values.py, numbers.py, phones.py
record.py         the values of a row to a record
mapper.py         the door: the rows of a table to records
"""

from .binding import DefinitionsOf, known_names
from .columns import Column, Ignored, is_known
from .field_mapping import FieldMapping, Join, parse_flags
from .mapper import ColumnMapper, KeyMapper, mapper_for
from .mapping_file import mapping_text, parse_mapping, read_mapping

__all__ = [
    "Column",
    "ColumnMapper",
    "DefinitionsOf",
    "FieldMapping",
    "Ignored",
    "Join",
    "KeyMapper",
    "is_known",
    "known_names",
    "mapper_for",
    "mapping_text",
    "parse_flags",
    "parse_mapping",
    "read_mapping",
]
