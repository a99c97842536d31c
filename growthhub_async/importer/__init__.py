"""Files of contacts to records: CSV and JSON Lines, in the shapes that people export.

source.py       a path or the standard input to chunks of bytes, gzip opened
lines.py        bytes to numbered lines of text, the encoding found
delimiter.py    which delimiter a CSV file uses
csv_reader.py   lines to rows, a broken row held apart
names.py        what the name of a column means
columns.py      which column becomes which field, `--map` included
values.py       the text of a cell to the value of a field
mapping.py      a row or a JSON object to a record
csv_records.py, jsonl_reader.py   a format as a whole
contact_file.py the door: `open_contacts`
"""

from .columns import Column, Ignored
from .contact_file import ContactFile, open_contacts
from .errors import ImportFileError

__all__ = ["Column", "ContactFile", "Ignored", "ImportFileError", "open_contacts"]
