"""What this machine is and uses: topology, fingerprint, counters."""
