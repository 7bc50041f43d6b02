"""Identity: who people are, and how they prove it.

Promises: a password is kept only as an argon2id hash, a refresh token only as a digest; a refresh token works once, and
its second use ends the sign-in it belongs to; an unknown e-mail address costs a stranger the same time as a known one.
"""
