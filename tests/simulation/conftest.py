"""What the simulation's tests have in common."""

from __future__ import annotations

import pytest

from tests.memory_network import CARRIERS, Carrier


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """The same test over each of the client's transports."""
    chosen: Carrier = request.param
    return chosen
