"""What may not be kept any more is read by nobody, and removed."""
