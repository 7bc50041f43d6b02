"""``python -m farthing``: the command line."""

import gc

# What is imported stays: to look through it for garbage as often as Python does by itself takes a sixth of each start.
gc.set_threshold(50_000, 20, 20)

from farthing.entrypoints.cli.main import main  # noqa: E402 - as above

if __name__ == "__main__":
    main()
