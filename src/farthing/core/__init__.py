"""Core: what every room stands on: settings, the database, the unit of work, the change log, how HTTP is served."""
