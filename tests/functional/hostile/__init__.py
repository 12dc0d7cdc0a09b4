"""What the world throws at the webhook edge: seeded hostile requests through the real handler."""
