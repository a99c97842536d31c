"""The command, with a shorter time for which an unheard request is held to be worked on: `HOLD`, in seconds."""

from __future__ import annotations

import os
import sys

import growthhub_async.call
from growthhub_async.__main__ import main

if __name__ == "__main__":
    growthhub_async.call.AT_WORK = float(os.environ["HOLD"])
    sys.exit(main())
