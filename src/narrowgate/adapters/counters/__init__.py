"""Counters that hold across edges, in shared memory."""
