"""Connections towards providers: pool, direct transport, link to the egress process."""
