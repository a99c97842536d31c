"""What this library costs, one runnable module per question; every number is a ratio within one run.

python -m benchmarks.pipeline     the whole way of a record against a bare loop over aiohttp
python -m benchmarks.throughput   the same on one processor, against every client that a user would reach for
python -m benchmarks.startup      importing the library against importing aiohttp
python -m benchmarks.quota        the share of the ideal rate that is reached under a quota, and the refusals
"""
