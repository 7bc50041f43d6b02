"""What can be done with checkpoints, a module for each verb: find, state, reconcile."""
