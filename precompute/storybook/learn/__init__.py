"""Training of Storybook's models: language, architectures, lessons, losses, the loop and exams."""
