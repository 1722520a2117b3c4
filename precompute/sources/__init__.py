"""Where images and texts come from: a folder, tar shards, a Hugging Face dataset, a text file."""
