"""Archive, quarantine, replay, redrive, and the audit of who looked."""
