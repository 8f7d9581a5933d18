"""What one configuration needs around it: a systemd unit, Kubernetes manifests, an OCI image."""
