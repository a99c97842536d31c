"""Files in: what people export, and databases, as tables of rows.

raw_file.py       a path or the standard input to bytes, counted and hashed
compression.py    gzip and zstd opened
source.py         the content of a file: its beginning, its chunks, or a file to read from anywhere
fingerprint.py    whether a source is still the same
urls.py           databases told from files, and what may be shown of a URL
kinds.py          what a file is, and what it may not be

encoding.py       text: bytes in a known encoding to UTF-8
lines.py          ... to numbered lines, the encoding found where it is not known
delimiter.py      ... which delimiter a CSV file uses
header.py         ... the row that names the columns
csv_reader.py     ... lines to rows, a broken row held apart
json_begin.py     ... whether it is a JSON array, and where that begins
json_elements.py  ... where the elements of an array end
json_object.py    ... an object to a row
csv_table.py, jsonl_table.py, json_array.py   a format as a whole
text_table.py     ... which of them it is

values.py         typed formats: values to what JSON has
extras.py         ... packages that may be missing, and their exceptions
arrow_table.py, excel_table.py, sql_table.py   a format as a whole

table.py          the door: `open_table`
"""

from .fingerprint import Fingerprint, fingerprint
from .table import open_table

__all__ = ["Fingerprint", "fingerprint", "open_table"]
