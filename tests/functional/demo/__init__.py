"""The demo's rehearsal, in small."""
