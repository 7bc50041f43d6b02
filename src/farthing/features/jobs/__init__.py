"""Jobs: what was put off, how far it is, and what came of it.

Kinds of jobs are declared by the rooms above (``farthing.core.jobs``), done by the workers
(``farthing.entrypoints.worker``), and queued in ``farthing.core.queue``. This room keeps what people see of them.
"""
