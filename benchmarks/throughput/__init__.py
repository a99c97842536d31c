"""How many contacts a second does one core get acknowledged, through this library and through what else there is?

python -m benchmarks.throughput [--records N] [--concurrency N] [--rounds N] [--url URL] [--tls]
                                [--json] [--file PATH] [--only NAME ...] [--no-rate-headers]

Every contestant runs in a fresh process on one processor, and the server on another. They run in turn, so many rounds
after one that warms up, and the ratios are those of one round each. Only what is acknowledged counts: a reply of 200
that was read and decoded, and holds the id of a contact. This library does its whole work (checks, identities in line,
quota accounting, retry and deadlines armed, drift, outcomes); the others post in a bare loop of as many tasks.
"""
