"""What the runners measure with: moments of gradients, time, memory, and models to measure at."""
