"""How Storybook's scenes are drawn."""
