"""What can be done with exports and archives, a verb or two to a file."""
