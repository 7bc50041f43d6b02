"""Entrypoints: where the world comes in. They open the unit of work, end it, and translate faults."""
