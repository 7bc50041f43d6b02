"""Features: the rooms, ranked. A room may use those below it, never those above; see ``ARCHITECTURE.md``."""
