"""What the upserts of a job came to, as a table that queries can begin with."""

UPSERTS = (
    "WITH upserts AS (SELECT run, position, min(seq) AS seq, settled_at, status, attempts, latency"
    " FROM outcomes WHERE run > 0 GROUP BY run, position)"
)
"""How each record settled in each run, by its first outcome there: the other columns are those of the least `seq`.

A second one of the same run tells what became of the record's tags, and repeats the numbers of the first.
"""
