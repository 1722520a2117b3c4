"""Training of Storybook's models: language, architectures, lessons, losses, the loop and exams."""

import explorer.models  # noqa: F401  # mends torchvision before transformers loads it
