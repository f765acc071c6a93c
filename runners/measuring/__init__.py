"""What the runners measure: moments of gradients, time, memory; and the models that they measure at."""
