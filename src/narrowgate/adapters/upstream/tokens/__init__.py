"""Short-lived credentials of clouds: obtained, kept and renewed where they are used. Standard library only."""
