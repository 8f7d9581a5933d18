"""Models, prices and limits as data."""
