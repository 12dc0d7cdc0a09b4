"""The documents: their links, their commands, and the guide whose steps are carried out."""
