"""What can be done with accounts elsewhere: signing in with them, joining them to one's own, parting them again."""
