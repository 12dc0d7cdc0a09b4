"""Jobs, leases, pauses and backfills: one run at a time, resumable at every page."""
