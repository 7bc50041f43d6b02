"""The bench: how fast the service is, as a ratio to the same work done by PostgreSQL itself, in the same run.

A figure in requests per second says something about one machine on one day. So every case is measured in rounds of
``pgbench``, service, ``pgbench``: the same statements, on the same database, over the same kind of connection, from as
many clients, with the same durability. What is stated is the service's rate over that of the two ``pgbench`` runs
around it. Rounds in which other programs were busy are dropped, and counted.

Nothing here runs in the test suite; ``tests/bench`` only looks at the sums.
"""
