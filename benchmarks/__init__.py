"""What this library costs, one runnable module per question; every number is a ratio within one run.

python -m benchmarks.pipeline     the whole way of a record against a bare loop over aiohttp
python -m benchmarks.throughput   the same on one processor, against every client that a user would reach for
python -m benchmarks.latency      a single upsert against a bare post
python -m benchmarks.memory       the peak of 1,000,000 records against that of 10,000
python -m benchmarks.startup      importing the library against importing aiohttp
python -m benchmarks.quota        the share of the ideal rate that is reached under a quota, and the refusals
python -m benchmarks.importing    a job, checked and imported, against its contacts upserted from memory
python -m benchmarks.profile      where the time of a record goes, function by function
"""
