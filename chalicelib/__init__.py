"""The core of Huitou: domain, contract, steps and the adapters that run them on AWS."""
