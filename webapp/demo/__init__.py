"""The bundled demo: a small language model in numpy that really trains, and prints what a Trainer prints."""
