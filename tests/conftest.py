import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the one loop family this library is for."""
    return "asyncio"
