"""One module for each kind of figure. A measurement takes the stage and a plan, and answers rows of the table."""
