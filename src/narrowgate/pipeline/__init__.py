"""The stops of a call, in order, and the ports they need."""
