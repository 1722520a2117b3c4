"""The atlas: everything the explorer needs to know of one SAE, on disk, readable without any model."""
