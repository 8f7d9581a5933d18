"""The neutral vocabulary: operations, usage, faults, records. Pure."""
