"""Farthing: the backend of a household's finances. Every farthing accounted for.

The house has floors, and imports only go down: ``entrypoints`` > ``features`` > ``core`` > ``formats`` >
``ledger`` > ``kit``. ``ARCHITECTURE.md`` shows them; ``import-linter`` keeps them.
"""

__version__ = "0.1.0"
