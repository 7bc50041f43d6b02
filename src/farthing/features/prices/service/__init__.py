"""What can be done about prices: record them, find rates, and keep the instance's reference prices."""
