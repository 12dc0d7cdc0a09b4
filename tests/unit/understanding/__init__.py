"""What a review says."""
