"""Collected by `make test-compiled` only: what it runs after this is of the compiled library."""

from benchmarks import compiled


def test_it_is_the_compiled_library_that_is_tested() -> None:
    """Else all the tests would pass of another one."""
    assert compiled.is_built()
    assert compiled.is_in_use()
