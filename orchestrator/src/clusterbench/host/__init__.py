"""The host: its CPUs and the plan for them, its fingerprint, what would spoil figures."""
