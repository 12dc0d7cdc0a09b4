"""What tests share: the conformance suite and its fixtures."""
