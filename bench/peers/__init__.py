"""What people use instead, given the same work."""
