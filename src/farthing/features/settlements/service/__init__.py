"""What is done about what is shared, a module for each: agreeing, and settling."""
