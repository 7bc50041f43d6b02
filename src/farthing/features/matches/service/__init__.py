"""What can be done with matches: propose them, merge them, turn them down."""
