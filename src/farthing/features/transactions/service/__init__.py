"""What can be done with transactions, a module for each verb: record, change, restore, find."""
