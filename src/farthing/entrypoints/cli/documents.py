"""``farthing openapi``, ``operations``, ``reports`` and ``version``: what the program says about itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from farthing import __version__
from farthing.entrypoints.cli.answers import answer_json
from farthing.entrypoints.cli.options import AsJson, settings_with


def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write it to; left out: standard output.")
    ] = None,
) -> None:
    """Print the API's OpenAPI document. Needs no database."""
    _write(json.dumps(_described(), indent=2, ensure_ascii=False) + "\n", output)


def operations(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write it to; left out: standard output.")
    ] = None,
) -> None:
    """Print a page for people: each operation of the API, what it needs and what may go wrong. Needs no database."""
    from farthing.entrypoints.api import reference  # noqa: PLC0415 - for a quick --help

    _write(reference.operations(_described()), output)


def reports(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write it to; left out: standard output.")
    ] = None,
) -> None:
    """Print a page for people: which report takes which option, and what it is answered as. Needs no database."""
    from farthing.entrypoints.api import reference  # noqa: PLC0415 - for a quick --help

    _write(reference.matrix(_described()), output)


def _described() -> dict[str, Any]:
    from farthing.core.secrets import new_signing_key  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.api import openapi as description  # noqa: PLC0415 - as above
    from farthing.entrypoints.api.app import create_api  # noqa: PLC0415 - as above
    from farthing.entrypoints.api.metrics import Metrics  # noqa: PLC0415 - as above
    from farthing.features.identity.passwords import Passwords  # noqa: PLC0415 - as above

    # Nothing connects to either: the document is made from the routes.
    settings = settings_with(database_url="postgresql://localhost/none")
    api = create_api(settings, new_signing_key(), Passwords(), Metrics())
    return description.describe(api)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")


def version(*, as_json: AsJson = False) -> None:
    """Print the program's version."""
    if as_json:
        answer_json({"version": __version__})
    else:
        print(f"farthing {__version__}")
