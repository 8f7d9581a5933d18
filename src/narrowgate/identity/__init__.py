"""Virtual keys and the principals behind them. Pure."""
