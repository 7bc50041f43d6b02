"""``farthing db``: how far the database is, and getting it to where this program needs it."""

from __future__ import annotations

import asyncio

import typer

from farthing.entrypoints.cli.answers import answer_json
from farthing.entrypoints.cli.options import AsJson, DataDir

app = typer.Typer(help="The database and its migrations.", no_args_is_help=True)


@app.command()
def upgrade(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Migrate the database to where this program needs it, and give it the rates that it begins with."""
    from farthing.core import migrations  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import required_url  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import a_database  # noqa: PLC0415 - as above
    from farthing.entrypoints.rates import begin_with_rates  # noqa: PLC0415 - as above

    with a_database(data_dir) as settings:
        migrated = migrations.upgrade(required_url(settings))
        if settings.reference_rates == "on":
            asyncio.run(begin_with_rates(required_url(settings)))
        revision = migrations.head()
    if as_json:
        answer_json({"revision": revision, "migrated": migrated})
    else:
        print(f"The database is at {revision}" + (" now." if migrated else " already."))


@app.command()
def current(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Say how far the database is. Changes nothing."""
    from farthing.core import migrations  # noqa: PLC0415 - for a quick --help
    from farthing.core.database import required_url  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import a_database  # noqa: PLC0415 - as above

    with a_database(data_dir) as settings:
        revision = migrations.current(required_url(settings))
    head = migrations.head()
    if as_json:
        answer_json({"revision": revision, "head": head, "at_head": revision == head})
    else:
        print(f"The database is at {revision or 'nothing yet'}; this program needs {head}.")
