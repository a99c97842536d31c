"""Files of an import read as a whole: whatever is in them, a place and a reason, and a job that adds up."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer import FieldMapping, ImportFileError, ImportOptions, JobView, broken, prepare, unknown
from growthhub_async.importer.mapping import ColumnMapper, KeyMapper
from growthhub_async.importer.rows import Table

LOCATION = "ve9EPM428h8vShlRW1KT"
HEADS = st.sampled_from(
    [
        b"",
        b"Email,First Name\n",
        b"Email;Phone;Tags\r\n",
        b"sep=|\nE-Mail|Telefon\n",
        b"\xff\xfeE\0m\0a\0i\0l\0\n\0",
        b'[{"email": "a@example.com"}, ',
        b'{"email": "a@example.com"}\n',
        b"PAR1",
        b"ARROW1\0\0",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"SQLite format 3\0",
    ]
)
LINES = st.lists(
    st.sampled_from(
        [b"a@example.com,Ada", b'"b@example.com', b'x"y,,', b";+1 205 555 0142;a b", b"\xe4,\0", b"{}", b"]"]
    )
    | st.binary(max_size=30),
    max_size=6,
)
NAMES = st.sampled_from(
    ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.parquet", "a.arrow", "a.xlsx", "a.csv.gz", "a.csv.zst"]
)


class Nobody:
    """Hears how files are read, and says nothing."""

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None: ...

    def told(self, text: str) -> None: ...

    def progressed(self, read: int, share: float | None) -> None: ...


@given(head=HEADS, lines=LINES, name=NAMES, zipped=st.booleans(), region=st.sampled_from([None, "US"]))
def test_whatever_is_in_a_file_it_makes_a_job_that_adds_up_or_one_clear_error(
    head: bytes, lines: list[bytes], name: str, zipped: bool, region: str | None
) -> None:
    """The error names the file and leaves no job; a broken record is an outcome with its line, and the rest goes on."""
    content = head + b"\n".join(lines)
    options = ImportOptions(location_id=LOCATION, mapping=FieldMapping(default_region=region))
    with tempfile.TemporaryDirectory() as folder:
        file, job = Path(folder) / name, Path(folder) / "a.job"
        file.write_bytes(gzip.compress(content) if zipped else content)
        refused, findings = "", None
        try:
            findings = prepare([str(file)], job, options, fresh=False, definitions_of=unknown, listener=Nobody())
        except ImportFileError as error:
            refused = str(error)
        if findings is None:
            assert name in refused
            assert [path.name for path in Path(folder).iterdir()] == [name]
            return
        with JobView(job) as view:
            counts, wrong = view.counts(), list(view.settled())
            assert broken(view) == []
    assert counts.read == findings.read
    assert counts.error == findings.invalid == len(wrong)
    assert all(settled.line >= 1 and settled.message for settled in wrong)
