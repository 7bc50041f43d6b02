"""Reading: lists, one transaction, what hasn't changed, and sums; on books of several sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.households import LAST_DAY, Household
from bench.rounds import RatedCase
from bench.stage import Stage

SIZED = ("list", "list-account", "balance", "trial-balance")
"""Asked of books of each size, to see how what they take grows."""
PLAIN = ("get", "not-modified")
NAMES = (*SIZED, *PLAIN)
SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (10_000, 100_000)
ACCOUNT = "Assets:Bank 1"


def cases(stage: Stage, clients: int, names: Sequence[str], sizes: Sequence[int]) -> list[RatedCase]:
    """Those of the cases that are wanted; all clients read the same book."""
    made = []
    for place, size in enumerate(sizes):
        wanted = [name for name in names if name in SIZED or (name in PLAIN and place == 0)]
        if not wanted:
            continue
        home = stage.filled(size)
        for name in wanted:
            path, headers = PATHS[name](home)
            title = sized(name, size) if name in SIZED else name
            case = RatedCase(
                name=title,
                clients=clients,
                requests=_asking(home, path, headers, clients),
                service=home.service,
                script=stage.reading(f"{title}-{clients}", [home] * clients, path, headers),
                status="304" if name == "not-modified" else "200",
                extra={"transactions": size},
            )
            made.append(case)
    return made


def sized(name: str, size: int) -> str:
    """What a case is called on a book of a size: ``list-10k``, ``list-1m``."""
    return f"{name}-{size // 1_000_000}m" if size >= 1_000_000 else f"{name}-{size // 1000}k"  # noqa: PLR2004 - a million


def _asking(home: Household, path: str, headers: dict[str, str], clients: int) -> Callable[[], Sequence[Sequence[str]]]:
    return lambda: [[home.request("GET", path, headers=headers)]] * clients


Question = tuple[str, dict[str, str]]


def _list(_: Household) -> Question:
    return "/transactions?limit=50", {}


def _list_account(_: Household) -> Question:
    return f"/transactions?limit=50&account={ACCOUNT.replace(' ', '%20')}", {}


def _get(home: Household) -> Question:
    (newest,) = home.got("/transactions?limit=1")["data"]
    return f"/transactions/{newest['id']}", {}


def _not_modified(home: Household) -> Question:
    path = "/transactions?limit=50"
    reply = home.service.ask("GET", home.root + path, headers=home.headers())
    return path, {"If-None-Match": reply.headers["etag"]}


def _balance(home: Household) -> Question:
    return f"/accounts/{home.accounts[ACCOUNT]}/balance?date={LAST_DAY}", {}


def _trial_balance(_: Household) -> Question:
    return f"/reports/trial-balance?date={LAST_DAY}", {}


PATHS: dict[str, Callable[[Household], Question]] = {
    "list": _list,
    "list-account": _list_account,
    "get": _get,
    "not-modified": _not_modified,
    "balance": _balance,
    "trial-balance": _trial_balance,
}
