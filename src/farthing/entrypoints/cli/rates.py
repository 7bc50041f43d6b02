"""``farthing rates``: the reference prices of this instance, which serve all its books."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from farthing.entrypoints.cli.answers import answer_json, answer_table
from farthing.entrypoints.cli.options import AsJson, DataDir, checked

app = typer.Typer(help="Reference prices: how much of each currency a euro is worth.", no_args_is_help=True)


@app.command("list")
def list_rates(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show of each currency from when to when its rates are known."""
    from farthing.entrypoints.cli.clerk import migrated_database, told  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.rates import known_rates  # noqa: PLC0415 - as above

    with migrated_database(data_dir) as settings, told():
        known = asyncio.run(known_rates(settings))
    if as_json:
        answer_json([dict(each) for each in known])
    else:
        answer_table("Rates", ("Currency", "Days", "First", "Last", "Last says"), [tuple(each) for each in known])


@app.command()
def add(
    currency: Annotated[str, typer.Argument(help="The currency, like USD.")],
    amount: Annotated[str, typer.Argument(help="How much of it a euro is worth, like 1.1172.")],
    *,
    date: Annotated[str, typer.Option(help="On which day, like 2026-11-23.")],
    source: Annotated[str, typer.Option(help="Who says so.")] = "operator",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what a euro is worth on a day. It takes the place of what was there."""
    from farthing.entrypoints.cli.clerk import migrated_database, told  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.rates import add_rate  # noqa: PLC0415 - as above
    from farthing.features.prices.schemas import ReferenceCreate  # noqa: PLC0415 - as above

    given = checked(ReferenceCreate, currency=currency, amount=amount, date=date, source=source)
    with migrated_database(data_dir) as settings, told():
        written = asyncio.run(add_rate(settings, given.currency, given.date, given.amount, given.source))
    if as_json:
        answer_json({"written": written})
    else:
        print("Written." if written else "It was there already.")


@app.command()
def refresh(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Fetch newer rates from the source that FARTHING_RATES_URL names."""
    from farthing.entrypoints.cli.clerk import migrated_database, told  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.rates import refresh_rates  # noqa: PLC0415 - as above

    with migrated_database(data_dir) as settings, told():
        written = asyncio.run(refresh_rates(settings))
    if as_json:
        answer_json({"written": written})
    else:
        print(f"{written} rates are new, or were changed.")
