"""Reading a book, keeping what it tells, and what members make of it."""
