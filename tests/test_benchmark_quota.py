"""The benchmark of the quota is itself right: its server counts, its network is late, its ideal is the rule's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import groupby

import msgspec
import pytest

from benchmarks.network import KEEP_ALIVE, Delays, Network, OtherProgram, Server
from benchmarks.quota_cells import WINDOWS, Bars, Cell, Window, all_cells
from benchmarks.quota_clients import CLIENTS, LIBRARY
from benchmarks.quota_report import judge
from benchmarks.quota_runs import Run, run, run_in_real_time
from growthhub_async.sandbox import Limits
from growthhub_async.secret import Secret
from growthhub_async.transport import Failure, Reply, Request
from tests import virtual

BODY = b'{"locationId":"location0","email":"ada@example.com"}'
EVEN = Delays(one_way=(0.1, 0.1), processing=(1.0, 1.0))
SMALL = Cell(name="small", sizes=(300,), bars=Bars())
RUN = Run(
    cell="small",
    client=LIBRARY,
    window="sliding",
    contacts=1000,
    written=1000,
    requests=1000,
    refusals=0,
    share=0.97,
    seconds=2.9,
    wall=0.1,
)


def on_network(
    main: Callable[[Network], Awaitable[None]], delays: Delays = EVEN, limits: Limits | None = None
) -> Server:
    """Run `main` on the virtual clock over a network of its own, and return the server it spoke to."""
    server = Server(limits or Limits())

    async def entered() -> None:
        await main(Network(server, delays, seed=1))

    virtual.run(entered)
    return server


def now() -> float:
    return asyncio.get_running_loop().time()


# -- a small cell of the benchmark


@pytest.mark.parametrize("window", WINDOWS)
def test_the_library_fills_a_small_cell_without_a_refusal(window: Window) -> None:
    """300 contacts of one location take little longer than the ideal, in every mode of the server."""
    result = run(SMALL, LIBRARY, window, seed=1)
    assert (result.written, result.requests, result.refusals) == (300, 300, 0)
    assert 0.8 < result.share <= 1


def test_a_leaky_bucket_is_refused_in_the_same_cell() -> None:
    """The benchmark sees the refusals that it counts; every contact is written all the same."""
    result = run(SMALL, "AsyncLimiter(100, 10)", "sliding", seed=1)
    assert result.written == 300
    assert result.refusals > 0
    assert result.requests == 300 + result.refusals


def test_an_even_pace_is_kept() -> None:
    """A request each 0.1 s is never more than a bucket holds: the last of 300 leaves after 29.9 s."""
    result = run(SMALL, "AsyncLimiter(1, 0.1)", "token_bucket", seed=1)
    assert result.refusals == 0
    assert result.seconds >= 29.9


def test_the_library_is_told_the_quota_of_its_cell() -> None:
    """Where a location allows ten requests, the first hundred at once would be refused."""
    cell = msgspec.structs.replace(SMALL, sizes=(100,), limits=Limits(requests_per_interval=10))
    result = run(cell, LIBRARY, "sliding", seed=1)
    assert (result.written, result.refusals) == (100, 0)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_seed_makes_a_run(client: str) -> None:
    """The same seed gives the same run to the last digit, refusals and backoff included, and another seed another."""
    limits = Limits(requests_per_interval=5, interval=0.5)  # so short that backoff decides, not the window
    cell = msgspec.structs.replace(SMALL, limits=limits, others=5.0)
    first, again, other = (msgspec.structs.replace(run(cell, client, "fixed", seed), wall=0.0) for seed in (1, 1, 2))
    assert first == again
    assert first.seconds != other.seconds


def test_real_sockets_are_counted_as_virtual_ones_are() -> None:
    """A cell that runs over sockets writes every contact, and is not faster than the rule allows."""
    limits = Limits(requests_per_interval=5, interval=0.5)
    cell = Cell(name="real", sizes=(15,), bars=Bars(), delays=Delays(one_way=(0, 0), processing=(0, 0)), limits=limits)
    result = run_in_real_time(cell, "sliding", seed=1)
    assert result.written == 15
    assert result.requests == 15 + result.refusals
    assert result.seconds >= 1.0


def test_a_cell_by_location_is_read_by_location() -> None:
    """The second of two blocks does not wait for the first, as it does where both come from one source."""
    in_one = msgspec.structs.replace(SMALL, sizes=(500, 500), in_blocks=True)
    by_location = msgspec.structs.replace(in_one, by_location=True)
    first, second = (run(cell, LIBRARY, "sliding", seed=1) for cell in (in_one, by_location))
    assert (second.written, second.refusals) == (1_000, 0)
    assert second.seconds < first.seconds - 10


# -- the cells


def test_the_ideal_is_the_sliding_rule_and_one_latency() -> None:
    """250 contacts: 100 at once, 100 after 10 s, the last 50 after 20 s, and a mean latency."""
    cell = Cell(name="ideal", sizes=(250, 10), bars=Bars(), delays=EVEN)
    assert cell.share(20 + 1.2, asked_by_others=0) == pytest.approx(1)
    assert cell.share(2 * (20 + 1.2), asked_by_others=0) == pytest.approx(0.5)


def test_the_ideal_beside_another_program_is_the_rate_that_it_leaves() -> None:
    """In 100 s a location allows 1,000 requests, and the other program asks for 300 of these."""
    cell = Cell(name="shared", sizes=(350,), bars=Bars(), delays=EVEN, others=3.0)
    assert cell.share(100 + 1.2, asked_by_others=300) == pytest.approx(0.5)


@pytest.mark.parametrize("in_blocks", [False, True])
def test_records_are_those_of_the_sizes(in_blocks: bool) -> None:
    """Every location has its contacts, all different, one location after another only where that is asked for."""
    cell = Cell(name="records", sizes=(50, 20, 30), bars=Bars(), in_blocks=in_blocks)
    records = list(cell.records(seed=1))
    locations = [record.location_id for record in records]
    assert Counter(locations) == {"location0": 50, "location1": 20, "location2": 30}
    assert len({record.contact.email for record in records}) == 100
    assert (len(list(groupby(locations))) == 3) is in_blocks


def test_unequal_locations_are_wildly_unequal() -> None:
    """The largest of each cell has a thousand contacts, the smallest of 200 has five, and the bars are the strict."""
    unequal = [cell for cell in all_cells() if cell.name.startswith("unequal")]
    assert {(len(cell.sizes), max(cell.sizes), min(cell.sizes)) for cell in unequal} == {(50, 1000, 20), (200, 1000, 5)}
    assert {cell.bars for cell in unequal} == {Bars(share=0.97)}
    assert sum(cell.by_location for cell in unequal) == 2


def test_cells_are_told_apart_by_their_names() -> None:
    """Each cell has a name of its own, and those of the grid say how many contacts they have."""
    cells = all_cells()
    assert len({cell.name for cell in cells}) == len(cells)
    grid = [cell for cell in cells if "x" in cell.name]
    assert [cell.name for cell in grid] == [f"{sum(cell.sizes)}x{len(cell.sizes)}" for cell in grid]


@pytest.mark.parametrize(
    ("bars", "found", "missed"),
    [
        (Bars(), RUN, set()),
        (Bars(), msgspec.structs.replace(RUN, refusals=1), {"no refusal"}),
        (Bars(), msgspec.structs.replace(RUN, written=999), {"all written"}),
        (Bars(refusals=0.005), msgspec.structs.replace(RUN, refusals=4), set()),
        (Bars(refusals=0.005), msgspec.structs.replace(RUN, refusals=5), {"refusals < 0.5%"}),
        (Bars(share=0.97), RUN, set()),
        (Bars(share=0.98), RUN, {"share >= 0.98"}),
        (Bars(seconds=3.0), RUN, set()),
        (Bars(seconds=2.5), RUN, {"< 2.5 s"}),
    ],
)
def test_the_worst_run_decides_on_a_bar(bars: Bars, found: Run, missed: set[str]) -> None:
    """A bar is missed when one of a cell's runs misses it."""
    perfect = msgspec.structs.replace(RUN, share=1.0, seconds=1.0)
    assert {verdict.bar for verdict in judge(bars, [perfect, found, perfect]) if not verdict.met} == missed


# -- the network


def test_a_request_leaves_after_its_connection_and_is_answered_after_its_way() -> None:
    """A new connection costs a round trip before the request leaves; its reply takes both ways and the processing."""
    connects: list[float] = []
    times: list[float] = []

    async def main(network: Network) -> None:
        network.on_connect = connects.append
        await network.exchange(BODY, lambda: times.append(now()))
        times.append(now())

    on_network(main)
    assert connects == [pytest.approx(0.2)]
    assert times == [pytest.approx(0.2, abs=1e-4), pytest.approx(1.4, abs=1e-4)]


def test_an_idle_connection_is_used_again_until_it_is_too_old() -> None:
    """Requests that overlap make connections of their own; one that finds an idle one makes none."""
    connects: list[float] = []

    async def main(network: Network) -> None:
        network.on_connect = connects.append
        await asyncio.gather(network.exchange(BODY), network.exchange(BODY))
        assert len(connects) == 2
        await network.exchange(BODY)
        assert len(connects) == 2
        await asyncio.sleep(KEEP_ALIVE)
        await network.exchange(BODY)
        assert len(connects) == 3

    on_network(main)


def test_the_server_counts_at_arrival_and_refuses_at_once() -> None:
    """With room for one, the second to arrive is refused with the sandbox's headers, before the first is processed."""
    replies: list[Reply] = []

    async def main(network: Network) -> None:
        async def send() -> None:
            replies.append(await network.exchange(BODY))

        await asyncio.gather(send(), send())

    server = on_network(main, limits=Limits(requests_per_interval=1))
    assert [reply.status for reply in replies] == [429, 200]
    assert replies[0].headers["X-RateLimit-Remaining"] == "0"
    assert "X-RateLimit-Daily-Reset" in replies[0].headers
    assert msgspec.json.decode(replies[1].body)["contact"]["email"] == "ada@example.com"
    assert (server.requests, server.refusals) == (2, 1)


@pytest.mark.parametrize(("timeout", "sent"), [(0.1, False), (0.5, True)])
def test_a_late_reply_is_a_failure_that_tells_whether_the_request_left(timeout: float, sent: bool) -> None:
    """An attempt that ends while its connection is made was not sent; one that ends later was."""
    answers: list[Reply | Failure] = []

    async def main(network: Network) -> None:
        request = Request("POST", "/contacts/upsert", Secret("pit-x"), BODY)
        answers.append(await network.send(request, timeout, lambda: None))

    on_network(main)
    [failure] = answers
    assert isinstance(failure, Failure)
    assert failure.sent is sent


def test_another_program_spends_the_quota_while_its_block_lasts() -> None:
    """Its requests come at the rate it is given, are refused like any, and end with the block."""
    limits = Limits(requests_per_interval=20)
    server = Server(limits)

    async def main() -> None:
        with OtherProgram(server, "location0", rate=1.0, seed=1):
            await asyncio.sleep(1_000)
        with OtherProgram(server, "location1", rate=50.0, seed=1):
            await asyncio.sleep(95)
        await asyncio.sleep(100)

    virtual.run(main)
    assert server.asked_by_others == pytest.approx(1_000 + 95 * 50, rel=0.05)
    assert server.asked_by_others - server.refused_to_others == pytest.approx(1_000 + 200, abs=100)
    assert server.requests == server.refusals == 0
