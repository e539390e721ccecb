"""The engines: each carries out the ports' promises in its own way."""
