"""House rules that no other tool checks, each shown to bite."""
