"""What can be done about factors: setting them up, proving with them, signing in with them, taking them away."""
