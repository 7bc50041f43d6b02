"""The command line: what an operator does, through the same services as HTTP.

Each command imports what it needs when it runs, so that ``farthing --help`` is quick. Answers go to standard output,
as tables for people or, with ``--json``, for programs; progress and errors go to standard error.
"""
