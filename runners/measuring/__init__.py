"""Measurements of the runners: moments of gradients, time, memory; and the models to measure at."""
