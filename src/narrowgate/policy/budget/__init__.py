"""Money: prices, costs, windows. Pure."""
