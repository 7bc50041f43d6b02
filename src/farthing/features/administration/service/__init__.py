"""What an operator does, a module for each: people, the instance's settings, admissions; and security events."""
