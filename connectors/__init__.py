"""One package a platform. Each sees only the contract, the domain, the toolkit and the errors of the core."""
