"""The machine is lost. What was backed up, as the README says, is brought up on another, and nothing is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from tests.features.exports.test_archives import RECEIPT
from tests.household import Household, serving

from farthing.entrypoints.cli.verify import _prove
from farthing.entrypoints.local import throwaway_cluster
from farthing.entrypoints.local.binaries import installed

KEPT = ("attachments", "signing_key.pem", "sealing_key")
"""What the data folder has to be kept of."""


def run(program: str, *arguments: str) -> str:
    """A program of PostgreSQL's: the server's own where the tests are given one, else those that come with this."""
    path = shutil.which(program) if os.environ.get("FARTHING_TEST_DATABASE_URL") else installed().program(program)
    if path is None:
        pytest.skip(f"{program} isn't installed here")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_an_instance_comes_up_on_another_machine(
    fresh_database_url: str, signing_key: str, tmp_path: Path
) -> None:
    lost, found, backup = tmp_path / "lost", tmp_path / "found", tmp_path / "backup"
    async with serving(fresh_database_url, signing_key, data_dir=str(lost)) as client:
        home = await Household.founded(client)
        transaction = await home.record("-12.50", payee="Shop")
        attached = (await home.attach(f"/transactions/{transaction['id']}", RECEIPT)).json()
        digest = await home.got("/digest")
    backup.mkdir()
    run(
        "pg_dumpall",
        "--roles-only",
        "--no-role-passwords",
        f"--dbname={fresh_database_url}",
        f"--file={backup / 'roles.sql'}",
    )
    run("pg_dump", "--format=custom", f"--file={backup / 'farthing.dump'}", fresh_database_url)
    for name in KEPT:
        if (lost / name).exists():
            (shutil.copytree if (lost / name).is_dir() else shutil.copy2)(lost / name, backup / name)
    shutil.rmtree(lost)

    with throwaway_cluster() as other:
        url = urlunsplit(urlsplit(other.url)._replace(path="/farthing"))
        # Of roles that are there already, it says so and goes on.
        run("psql", "--quiet", f"--dbname={other.url}", f"--file={backup / 'roles.sql'}")
        run("psql", "--quiet", f"--dbname={other.url}", "--command=CREATE DATABASE farthing")
        run("pg_restore", "--exit-on-error", f"--dbname={url}", str(backup / "farthing.dump"))
        found.mkdir()
        for name in KEPT:
            if (backup / name).exists():
                (shutil.copytree if (backup / name).is_dir() else shutil.copy2)(backup / name, found / name)
        async with serving(url, signing_key, data_dir=str(found)) as client:
            home.person.client = client
            assert await home.got("/digest") == digest
            answer = await home.ask("GET", f"/attachments/{attached['id']}/content")
            assert (answer.status_code, answer.content) == (200, RECEIPT)
            assert (await home.record("-1.00"))["id"]
            proof = await _prove(client.app.settings, None, lambda _done, _total: None, attachments=True)
            assert proof.holds, proof.findings
