"""How Storybook's models are learnt: the language they speak, their shapes, lessons, losses, training and exams."""
