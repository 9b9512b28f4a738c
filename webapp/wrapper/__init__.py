"""`lossboard run` and `lossboard pipe`: a training's text goes into a file that the board watches, and the training never notices."""
