"""Readings over time: taken in, given back, summed up."""
