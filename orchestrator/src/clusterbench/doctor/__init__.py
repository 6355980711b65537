"""What is missing on this host, or would spoil figures."""
