"""The vendor's own Python SDK, which raises for every reply that is no success."""

from typing import Any

from highlevel import HighLevel

from benchmarks.throughput.job import TOKEN, Job, is_acknowledged, post_all


async def run(job: Job) -> int:
    """Upsert every contact with `contacts.upsert_contact`."""

    class Local(HighLevel):  # it has no other way to another server
        BASE_URL = job.url

    vendor = Local(private_integration_token=TOKEN)

    async def post(person: dict[str, Any]) -> bool:
        return is_acknowledged(200, await vendor.contacts.upsert_contact(person))

    async with vendor.http_client:
        return await post_all(job, post)
