"""A Django project around django-hordak, the usual double-entry package for Django: it records, and that is all.

Run as a program, in an environment of its own, with the database in ``HORDAK_DATABASE_URL``: makes the tables and a
bank account and a category for each client; then so many processes record one transaction after the other for so many
seconds, through hordak's own models, each in a transaction of the database's that looks its accounts up first. It
prints, as JSON, how many there were and how long it took. There is no HTTP, no sign-in, no JSON to read and to write.
"""

import datetime as dt
import json
import multiprocessing
import os
import sys
import time
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

DATE = dt.date(2026, 11, 20)
AMOUNT = "12.50"


def set_up() -> None:
    """Configure Django."""
    url = urlsplit(os.environ["HORDAK_DATABASE_URL"])
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": url.hostname,
                "PORT": url.port,
                "USER": url.username,
                "PASSWORD": unquote(url.password or ""),
                "NAME": url.path.lstrip("/"),
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_CURRENCY="EUR",
        CURRENCIES=("EUR",),
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    django.setup()


def found(clients: int) -> list[tuple[str, str]]:
    """Make the tables, and each client's accounts."""
    from django.core.management import call_command
    from hordak.models import Account, AccountType

    call_command("migrate", verbosity=0)
    made = []
    for client in range(clients):
        bank = Account.objects.create(
            name=f"Checking {client}", type=AccountType.asset, code=f"1{client:03}", currencies=["EUR"]
        )
        category = Account.objects.create(
            name=f"Groceries {client}", type=AccountType.expense, code=f"5{client:03}", currencies=["EUR"]
        )
        made.append((str(bank.uuid), str(category.uuid)))
    return made


def record(accounts: tuple[str, str], start_at: float, seconds: float) -> int:
    """Record until the time is over; returns how many."""
    set_up()
    from django.db import connection, transaction
    from hordak.models import Account
    from moneyed import Money

    connection.ensure_connection()
    time.sleep(max(0.0, start_at - time.time()))
    count = 0
    while time.time() < start_at + seconds:
        with transaction.atomic():
            bank, category = (Account.objects.get(uuid=each) for each in accounts)
            bank.transfer_to(category, Money(AMOUNT, "EUR"), date=DATE, description="Corner Shop")
        count += 1
    return count


def main() -> None:
    """Record with so many clients for so long."""
    clients, seconds = int(sys.argv[1]), float(sys.argv[2])
    set_up()
    accounts = found(clients)
    start_at = time.time() + 3.0
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        counts = pool.starmap(record, [(each, start_at, seconds) for each in accounts], chunksize=1)
    print(json.dumps({"transactions": sum(counts), "seconds": seconds}))


if __name__ == "__main__":
    main()
