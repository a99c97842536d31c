"""Rows to records: which column is which field, and what its values are.

names.py        what the name of a column means
columns.py      which column becomes which field, `--map` included
values.py       the text of a cell to the value of a field
record.py       cells or an object to a record
mapper.py       the door: the rows of a table to records
"""

from .columns import Column, Ignored, is_known, parse_overrides
from .mapper import ColumnMapper, KeyMapper, mapper_for

__all__ = ["Column", "ColumnMapper", "Ignored", "KeyMapper", "is_known", "mapper_for", "parse_overrides"]
