"""What finished atlases are worth: measured from the atlases alone, and against the truth of Storybook's scenes."""
