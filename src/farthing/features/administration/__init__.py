"""Administration: who is on this instance, who is taken in, and what happened about that.

Whoever runs the instance, its operator, manages people and never reads books: how many books someone has is told, not
which, nor what is in them.

Promises: an instance with people has an operator who isn't blocked; whoever is blocked is out at once, with all their
sign-ins; what is done here is written down among the security events.
"""
