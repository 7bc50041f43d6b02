"""What can be asked of the books as a whole, a report each."""
