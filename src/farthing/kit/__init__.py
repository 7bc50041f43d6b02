"""Kit: what any service would need and no bank would recognise. Pure; knows nothing of books or money."""
