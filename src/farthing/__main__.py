"""``python -m farthing``: the command line."""

import gc

# What is imported stays, and what an answer is made of goes without a collector: to look for garbage as often as Python
# does by itself takes a sixth of each start, and a fourteenth of a large answer.
gc.set_threshold(50_000, 10, 10)

from farthing.entrypoints.cli.main import main  # noqa: E402 - as above

if __name__ == "__main__":
    main()
