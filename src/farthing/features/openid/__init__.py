"""OpenID: signing in with an account of another service (OpenID Connect Core 1.0), such as the household's own.

Promises: nobody is signed in but by an ID token that the provider has signed for this service and this very sign-in, of
which the same client is at both ends; what is under way is good once, for ten minutes. An account here is joined to one
elsewhere only by its owner, signed in, who asks for it, and whose address the provider vouches for: never by itself.
"""
