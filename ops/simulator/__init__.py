"""The platform simulator: a seeded world, its wire formats, its platform APIs, and an oracle of what must come out."""
