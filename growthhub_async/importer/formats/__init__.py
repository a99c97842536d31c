"""Files in: what people export, as tables of rows.

source.py       a path or the standard input to chunks of bytes, gzip opened
encoding.py     bytes in a known encoding to UTF-8
lines.py        bytes to numbered lines of text, the encoding found
delimiter.py    which delimiter a CSV file uses
csv_reader.py   lines to rows, a broken row held apart
header.py       the row that names the columns
csv_table.py, jsonl_table.py   a format as a whole
table.py        the door: `open_table`
"""

from .table import open_table

__all__ = ["open_table"]
