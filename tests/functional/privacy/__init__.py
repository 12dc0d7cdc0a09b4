"""What is held of people: erased, handed out, and kept out."""
