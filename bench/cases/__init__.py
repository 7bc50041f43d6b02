"""What is measured, a module for each family of cases."""
