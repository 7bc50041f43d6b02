"""The service as FastAPI's tutorial and its full-stack template teach it: what our own is compared with.

Written for the bench, in their shape: SQLModel for tables and schemas, a session for each request, ``def`` endpoints
run in threads, a signed bearer token that names the user, ``get_current_user`` that looks the user up each time, the
owner compared in the endpoint, ``commit``, ``refresh``, and a ``response_model``. To record a transaction is the same
job as ours as far as anyone sees: the caller is known, the account is theirs, the transaction is kept on disk, the
account's balance is up to date, and the answer says what was written.

What it doesn't promise: that anything balances (a transaction has one account, and a category that is only a word),
that two clients who write to one account at once both count (the balance is read, added to and written), that a request
sent twice is recorded once, that a session which was ended stays out, that a balance at an earlier date can be told,
that the database itself keeps people apart, and that what was changed can be proven later.

It needs packages that the service doesn't, so it runs in an environment of its own, and says
where its database is by ``TUTORIAL_DATABASE_URL``. Run as a program, it makes its tables.
"""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from jwt.exceptions import InvalidTokenError
from pwdlib import PasswordHash
from pydantic import BaseModel, ValidationError
from sqlmodel import Field, Session, SQLModel, create_engine, select

SECRET_KEY = os.environ["TUTORIAL_SECRET_KEY"]
ALGORITHM = "HS256"
ACCESS_TOKEN_EXPIRE = dt.timedelta(days=8)

engine = create_engine(os.environ["TUTORIAL_DATABASE_URL"])
password_hash = PasswordHash.recommended()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="login/access-token")
app = FastAPI()


class UserBase(SQLModel):
    """What is told of a user."""

    email: str = Field(unique=True, index=True, max_length=255)
    full_name: str | None = Field(default=None, max_length=255)
    is_active: bool = True


class UserRegister(SQLModel):
    """Someone who signs up."""

    email: str = Field(max_length=255)
    password: str = Field(min_length=8, max_length=40)
    full_name: str | None = Field(default=None, max_length=255)


class User(UserBase, table=True):
    """A user."""

    __tablename__ = "tutorial_users"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    hashed_password: str


class UserPublic(UserBase):
    """A user, as answered."""

    id: uuid.UUID


class AccountBase(SQLModel):
    """What is told of an account."""

    name: str = Field(min_length=1, max_length=255)


class Account(AccountBase, table=True):
    """An account."""

    __tablename__ = "tutorial_accounts"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    owner_id: uuid.UUID = Field(foreign_key="tutorial_users.id", index=True, ondelete="CASCADE")
    balance: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)


class AccountPublic(AccountBase):
    """An account, as answered."""

    id: uuid.UUID
    owner_id: uuid.UUID
    balance: Decimal


class TransactionBase(SQLModel):
    """What is told of a transaction."""

    account_id: uuid.UUID = Field(foreign_key="tutorial_accounts.id", index=True, ondelete="CASCADE")
    date: dt.date = Field(index=True)
    payee: str = Field(max_length=255)
    category: str = Field(max_length=255)
    amount: Decimal = Field(max_digits=18, decimal_places=2)


class Transaction(TransactionBase, table=True):
    """Money that came or went."""

    __tablename__ = "tutorial_transactions"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)


class TransactionPublic(TransactionBase):
    """A transaction, as answered."""

    id: uuid.UUID


class Token(BaseModel):
    """What one gets for a password."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a word of the standard's


class TokenPayload(BaseModel):
    """What a token says."""

    sub: uuid.UUID


def get_session() -> Iterator[Session]:
    """A session for the request."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
TokenDep = Annotated[str, Depends(oauth2_scheme)]


def get_current_user(session: SessionDep, token: TokenDep) -> User:
    """Who asks."""
    try:
        payload = TokenPayload(**jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM]))
    except (InvalidTokenError, ValidationError):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Could not validate credentials") from None
    user = session.get(User, payload.sub)
    if user is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "User not found")
    if not user.is_active:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Inactive user")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


@app.get("/health/ready")
def health_check() -> dict[str, str]:
    """That it answers."""
    return {"status": "ok"}


@app.post("/users/signup", response_model=UserPublic, status_code=201)
def register_user(session: SessionDep, user_in: UserRegister) -> Any:
    """Sign up."""
    if session.exec(select(User).where(User.email == user_in.email)).first():
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "The email address is taken")
    user = User.model_validate(user_in, update={"hashed_password": password_hash.hash(user_in.password)})
    session.add(user)
    session.commit()
    session.refresh(user)
    return user


@app.post("/login/access-token")
def login_access_token(session: SessionDep, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    """Sign in."""
    user = session.exec(select(User).where(User.email == form.username)).first()
    if user is None or not password_hash.verify(form.password, user.hashed_password):
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Incorrect email or password")
    expire = dt.datetime.now(dt.UTC) + ACCESS_TOKEN_EXPIRE
    return Token(access_token=jwt.encode({"exp": expire, "sub": str(user.id)}, SECRET_KEY, algorithm=ALGORITHM))


@app.post("/accounts/", response_model=AccountPublic, status_code=201)
def create_account(session: SessionDep, current_user: CurrentUser, account_in: AccountBase) -> Any:
    """Open an account."""
    account = Account.model_validate(account_in, update={"owner_id": current_user.id})
    session.add(account)
    session.commit()
    session.refresh(account)
    return account


@app.post("/transactions/", response_model=TransactionPublic, status_code=201)
def create_transaction(session: SessionDep, current_user: CurrentUser, transaction_in: TransactionBase) -> Any:
    """Record a transaction."""
    account = session.get(Account, transaction_in.account_id)
    if account is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Account not found")
    if account.owner_id != current_user.id:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Not enough permissions")
    transaction = Transaction.model_validate(transaction_in)
    account.balance += transaction.amount
    session.add(transaction)
    session.add(account)
    session.commit()
    session.refresh(transaction)
    return transaction


if __name__ == "__main__":
    SQLModel.metadata.create_all(engine)
