"""Files of contacts to records, in the shapes that people export.

rows.py            what stands between the two: a table of rows
formats/           files in: bytes to tables
mapping/           rows to records
contact_file.py    the door: `open_contacts`
errors.py          what is raised when a file as a whole cannot be used
"""

from .contact_file import ContactFile, open_contacts
from .errors import ImportFileError
from .mapping import Column, FieldMapping, Ignored, Join, mapping_text, read_mapping

__all__ = [
    "Column",
    "ContactFile",
    "FieldMapping",
    "Ignored",
    "ImportFileError",
    "Join",
    "mapping_text",
    "open_contacts",
    "read_mapping",
]
