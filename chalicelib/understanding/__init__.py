"""What a review says: sentiment, topics, severity, and whether a person should look."""
