"""What can be asked of an atlas and its models: typed functions that pages, programs, agents and notebooks share."""
