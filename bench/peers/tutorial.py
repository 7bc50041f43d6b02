"""The service as a tutorial would have it: ORM entities, a session for each request, float amounts, offset paging.

Written for the bench, in the shape that tutorials share, so that there is something to compare with. It promises much
less: a transaction has one account and one category, nothing has to balance, there is no log, no wall, no sign-in.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine(os.environ["TUTORIAL_DATABASE_URL"], pool_size=10)
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """What entities derive from."""


class Account(Base):
    """An account."""

    __tablename__ = "tutorial_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    balance: Mapped[float] = mapped_column(default=0.0)
    transactions: Mapped[list[Transaction]] = relationship(back_populates="account")


class Transaction(Base):
    """Money that came or went."""

    __tablename__ = "tutorial_transactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("tutorial_accounts.id"), index=True)
    date: Mapped[date]
    payee: Mapped[str]
    category: Mapped[str]
    amount: Mapped[float]
    account: Mapped[Account] = relationship(back_populates="transactions")


class AccountCreate(BaseModel):
    """A new account."""

    name: str


class AccountRead(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    balance: float


class TransactionCreate(BaseModel):
    """A new transaction."""

    account_id: int
    date: date
    payee: str
    category: str
    amount: float


class TransactionRead(TransactionCreate):
    """A transaction."""

    model_config = ConfigDict(from_attributes=True)

    id: int


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


async def get_db() -> AsyncIterator[AsyncSession]:
    """A session for the request."""
    async with SessionLocal() as session:
        yield session


Session = Depends(get_db)


@app.get("/health/ready")
async def health() -> dict[str, str]:
    """That it answers."""
    return {"status": "ok"}


@app.post("/accounts", status_code=201, response_model=AccountRead)
async def create_account(account: AccountCreate, db: AsyncSession = Session) -> Account:
    """Open an account."""
    made = Account(**account.model_dump())
    db.add(made)
    await db.commit()
    await db.refresh(made)
    return made


@app.post("/transactions", status_code=201, response_model=TransactionRead)
async def create_transaction(transaction: TransactionCreate, db: AsyncSession = Session) -> Transaction:
    """Record a transaction."""
    account = await db.get(Account, transaction.account_id)
    if account is None:
        raise HTTPException(status_code=404, detail="Account not found")
    made = Transaction(**transaction.model_dump())
    account.balance += transaction.amount
    db.add(made)
    await db.commit()
    await db.refresh(made)
    return made


@app.get("/transactions", response_model=list[TransactionRead])
async def read_transactions(skip: int = 0, limit: int = 50, db: AsyncSession = Session) -> Sequence[Transaction]:
    """List transactions."""
    found = await db.execute(select(Transaction).order_by(Transaction.date.desc()).offset(skip).limit(limit))
    return found.scalars().all()
