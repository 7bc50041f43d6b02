"""What can be done about leaving for good, a verb to a file."""
