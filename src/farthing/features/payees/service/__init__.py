"""What can be done with payees, a module for each verb: find, name, change, merge."""
