"""What can be done about people and sign-ins, a module for each: register, people, sign in, sessions, proof, events."""
