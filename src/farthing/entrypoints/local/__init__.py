"""The PostgreSQL that comes along: Farthing on one machine, with nothing to install and nothing to set up.

Promises: the data outlives any crash; only this machine, with a password that only the folder's owner can read, gets
in; a folder is served by one program at a time; whoever is last to use the server stops it; and what people wrote down
never gets into PostgreSQL's log. Linux and macOS, by an ordinary user and by root.

How to use it, all of it synchronous::

    with open_cluster(data_dir) as cluster:               # own the folder, as ``serve`` does: refuses a second owner
        cluster.announce("http://127.0.0.1:8000")         # what a refused second owner is told
        work_with(cluster.url)                            # postgresql://postgres:…@127.0.0.1:…/finance_db

    with open_cluster(data_dir, mode="join") as cluster:  # use the running server, or one started for this only
        work_with(cluster.url)

    with throwaway_cluster() as cluster:                  # for tests: quick, forgetful, gone afterwards
        work_with(cluster.url)

    served_by(data_dir)                                   # Owner(pid, url) or None, without starting anything

Any number of programs may join, before, during and after the owner's time: the server stops with the last of them.
While a cluster is open, SIGTERM and SIGHUP end the program the orderly way (``SystemExit``), unless it handles them.

What lies in the folder::

    serve.lock          held by the owner: {"pid": …, "url": …}
    postgres/           mode 0700
        data/           PostgreSQL's own data folder; its logs are in data/log
        password        mode 0600
        port            the port to ask for next time
        startup.log     what the last start wrote before PostgreSQL's own log began
        gate.lock       held while the server is started or stopped
        users.lock      shared by all who use the server
"""

from farthing.entrypoints.local.cluster import Cluster, Mode, open_cluster, served_by, throwaway_cluster
from farthing.entrypoints.local.faults import (
    AccountMissing,
    BinariesMissing,
    FolderInUse,
    FolderNotOurs,
    NotAnswering,
    WontStart,
)
from farthing.entrypoints.local.folder import Owner

__all__ = [
    "AccountMissing",
    "BinariesMissing",
    "Cluster",
    "FolderInUse",
    "FolderNotOurs",
    "Mode",
    "NotAnswering",
    "Owner",
    "WontStart",
    "open_cluster",
    "served_by",
    "throwaway_cluster",
]
