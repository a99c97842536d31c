"""A person who allows at once, in the place of a browser: `BROWSER="python -m tests.cli.allowing %s &"`."""

from __future__ import annotations

import sys
import urllib.request

from .test_auth_commands import allowed

if __name__ == "__main__":
    with urllib.request.urlopen(allowed(sys.argv[1], "ve9EPM428h8vShlRW1KT")) as page:
        page.read()
