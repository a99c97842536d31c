import os

import pytest

for _name in ("HTTPS_PROXY", "https_proxy"):  # the tests' own servers are not behind the developer's proxy
    os.environ.pop(_name, None)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the one loop family this library is for."""
    return "asyncio"
