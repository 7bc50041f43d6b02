"""What is measured how often, and how long that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench import reports, sums
from bench.cases import importing, reading, recording, running, signing_in
from bench.figures import FEWEST_ROUNDS, Round, quiet
from bench.peers import hordak, journals, served
from bench.rounds import Timing

RATED = (*recording.NAMES, *reading.NAMES, *signing_in.NAMES, *served.NAMES)
USUALLY = (*RATED, *importing.NAMES, *sums.NAMES, *journals.NAMES, *running.NAMES)
ON_REQUEST = (*hordak.NAMES, *reports.NAMES)
"""Only done if named."""
NAMES = (*USUALLY, *ON_REQUEST)
CLIENTS = 8
OTHER_CLIENTS = (1, 32)
AT_OTHER_CLIENTS = ("record", "list", "balance", "trial-balance", "get", "not-modified")
"""What is also asked by one client and by many: on the smallest book."""
LENGTHENED = 2
"""How many times the planned rounds there may be, lest too few were quiet."""
ROUND_SECONDS = 0.9
"""What a round takes beside its runs: programs start, rows are counted."""
RUN_SECONDS = 0.3
"""What a single run of pgbench takes beside its time."""
CASE_SECONDS = 1.6
"""What a case takes before its rounds: its statements are caught, and its script is laid ready."""
STAGE_SECONDS = 8.0
START_SECONDS = 4.0
FILL_SECONDS = 95e-6
"""To write a transaction of a book that is read."""
PROOF_SECONDS = 20e-6
"""To look at a transaction again in the end."""
IMPORT_SECONDS = 330e-6
"""To import a row, once by the service and twice by psql."""
JOURNAL_SECONDS = {10_000: 15.0, 100_000: 50.0, 1_000_000: 100.0}
"""To put all questions to all programs."""


def is_due(rounds: Sequence[Round], planned: int) -> bool:
    """Whether a case is to be played again.

    It is until all planned rounds were; and beyond that while too few of them were quiet, up to twice as many. Where
    fewer were planned than are enough, it is left at those.
    """
    if len(rounds) < planned:
        return True
    return planned >= FEWEST_ROUNDS > len(quiet(rounds)) and len(rounds) < planned * LENGTHENED


@dataclass(frozen=True, slots=True)
class Schedule:
    """How much of everything there is."""

    names: tuple[str, ...]
    rounds: int
    other_rounds: int
    """Where it isn't the usual number of clients."""
    import_rounds: int
    import_rows: int
    timing: Timing
    clients: tuple[int, ...]
    sizes: tuple[int, ...]
    journal_sizes: tuple[int, ...]
    """Of the books that are asked of other programs."""
    pairs: int
    """Of writes with the sums and without."""
    reads: int
    """Of each question, from the sums and without."""
    starts: int
    all_at_all_clients: bool
    """Whether every case is asked by every number of clients, as those were named."""

    def rounds_for(self, clients: int) -> int:
        """How many rounds are planned with so many clients."""
        return self.rounds if clients == CLIENTS or self.all_at_all_clients else self.other_rounds

    def rated(self, clients: int) -> list[str]:
        """The cases that so many clients ask."""
        usual = clients == CLIENTS or self.all_at_all_clients
        return [name for name in RATED if name in self.names and (usual or name in AT_OTHER_CLIENTS)]

    def sizes_for(self, clients: int) -> tuple[int, ...]:
        """The sizes of the books that so many clients read."""
        return self.sizes if clients == CLIENTS or self.all_at_all_clients else self.sizes[:1]

    def case_count(self, clients: int) -> int:
        """How many cases that makes."""
        sized = sum(name in reading.SIZED for name in self.rated(clients))
        return len(self.rated(clients)) + sized * (len(self.sizes_for(clients)) - 1)

    def seconds(self) -> float:
        """About how long all of it takes on two cores, if nobody disturbs it."""
        round_ = self.timing.service + 2 * self.timing.pgbench + ROUND_SECONDS
        took = STAGE_SECONDS
        for clients in self.clients:
            case = CASE_SECONDS + self.timing.warm_up + self.rounds_for(clients) * round_
            took += self.case_count(clients) * case
        took += self.case_count(CLIENTS) * self.timing.profile if CLIENTS in self.clients else 0
        reads = {*reading.NAMES, *sums.NAMES, *journals.NAMES} & set(self.names)
        if reads:
            took += sum(self.sizes) * (FILL_SECONDS + PROOF_SECONDS)
        if "import" in self.names:
            took += self.import_rounds * self.import_rows * (IMPORT_SECONDS + PROOF_SECONDS)
        if "sums" in self.names:
            took += STAGE_SECONDS + 4 * self.pairs * (sums.WRITE_SECONDS + RUN_SECONDS)
            took += 2 * len(self.sizes) * (CASE_SECONDS + 2 * self.reads * (sums.READ_SECONDS + RUN_SECONDS))
        if "peer-journals" in self.names:
            took += sum(JOURNAL_SECONDS[size] for size in self.journal_sizes)
        if "reports" in self.names:
            took += sum(self.sizes) * FILL_SECONDS
            took += len(self.sizes) * len(reports.CASES) * (reports.SECONDS + reports.WARM_UP_SECONDS + CASE_SECONDS)
        if "start" in self.names:
            took += (1 + self.starts) * START_SECONDS
        return took


def full(names: Sequence[str] = (), clients: Sequence[int] = (), rounds: int | None = None) -> Schedule:
    """All that is stated on the page."""
    return Schedule(
        names=tuple(names) or USUALLY,
        rounds=rounds or 7,  # two more than must be left
        other_rounds=rounds or FEWEST_ROUNDS,
        import_rounds=rounds or FEWEST_ROUNDS,
        import_rows=importing.ROWS,
        timing=Timing(service=2.0, pgbench=1, warm_up=1.0, profile=1.5),
        clients=tuple(clients) or (CLIENTS, *OTHER_CLIENTS),
        sizes=reading.SIZES,
        journal_sizes=reading.SIZES,
        pairs=sums.PAIRS,
        reads=sums.READS,
        starts=3,
        all_at_all_clients=bool(clients),
    )


def quick(names: Sequence[str] = (), clients: Sequence[int] = (), rounds: int | None = None) -> Schedule:
    """Only enough to see that everything works."""
    return Schedule(
        names=tuple(names) or USUALLY,
        rounds=rounds or 2,
        other_rounds=rounds or 2,
        import_rounds=rounds or 1,
        import_rows=importing.QUICK_ROWS,
        timing=Timing(service=1.0, pgbench=1, warm_up=0.5, profile=0.5),
        clients=tuple(clients) or (CLIENTS,),
        sizes=reading.QUICK_SIZES,
        journal_sizes=reading.QUICK_SIZES[:1],
        pairs=sums.QUICK_PAIRS,
        reads=sums.QUICK_READS,
        starts=1,
        all_at_all_clients=bool(clients),
    )
