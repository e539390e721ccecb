"""What can be done with any storage: they know the domain and the ports only."""
