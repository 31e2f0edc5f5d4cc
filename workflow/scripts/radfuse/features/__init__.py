"""Deep features: the network that computes them, their matrices, their stability."""
