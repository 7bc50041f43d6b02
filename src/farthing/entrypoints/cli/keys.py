"""``farthing keys``: the key that access tokens are signed with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from farthing.entrypoints.cli.options import DataDir, settings_with
from farthing.kit.faults import Conflict

app = typer.Typer(help="The key that access tokens are signed with.", no_args_is_help=True)


class KeyElsewhere(Conflict):
    """The key comes from the settings: it isn't the program's to change."""

    code = "key_elsewhere"
    message = "The signing key is given by FARTHING_SIGNING_KEY; name the folder that its file lies in with --folder."


class KeyAbsent(Conflict):
    """There is no key yet."""

    code = "key_absent"
    message = "There is no signing key in {folder} yet; `farthing serve` makes one."
    sample = {"folder": "data"}


@app.callback()
def _group() -> None:
    """The key that access tokens are signed with."""


@app.command()
def rotate(
    *,
    data_dir: DataDir = None,
    folder: Annotated[
        Path | None, typer.Option(help="The folder that the key lies in, if it isn't the data folder: a volume.")
    ] = None,
) -> None:
    """Sign with a fresh key from the next start on. What the one until now signed stays good until it runs out.

    Rotate twice to have nothing be good that an older key signed.
    """
    from farthing.core.secrets import KEY_FILE, rotate_signing_key  # noqa: PLC0415 - for a quick --help

    settings = settings_with(data_dir=data_dir)
    if folder is None and settings.signing_key is not None:
        raise KeyElsewhere
    place = folder or settings.data_dir.expanduser()
    if not (place / KEY_FILE).exists():
        raise KeyAbsent(folder=place)
    rotate_signing_key(place)
    print(f"There is a fresh key in {place}. Start Farthing anew to sign with it.")
