"""The canonical model and its pure rules. Standard library only, no I/O, no clock of its own."""
