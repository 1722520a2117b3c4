"""Vision-language models, opened between vision tower and language model."""
