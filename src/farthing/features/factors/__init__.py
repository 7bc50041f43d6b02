"""Factors: what people prove who they are with besides a password: authenticator apps, passkeys, recovery codes.

Promises: a code of an app is taken once, also of two who send it at once, and so is a recovery code. The secret of an
app is sealed with a key that the database doesn't have, recovery codes are kept as digests, of a passkey there is
only the public key. Whoever has an app that was confirmed, or a passkey, is asked for it after the password;
PostgreSQL keeps ``users.second_factor_since`` so.
"""
