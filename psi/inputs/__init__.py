"""What is done to a channel's signal: stages as declarations, and the chain that runs them."""
