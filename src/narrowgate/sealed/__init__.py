"""One file that is checked before it runs: how it is made, how it starts, how it is verified."""
