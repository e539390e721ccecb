"""What the package needs of the world, said as Protocols; adapters keep these promises."""
