"""Experimental: cells that differ in seeds and optimizers only, trained as one program."""
