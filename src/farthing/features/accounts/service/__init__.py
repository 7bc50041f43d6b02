"""What can be done with accounts, a module for each verb: find, open, change; and the rules that all share."""
