"""Atlases judged against the known truth of Storybook's scenes."""
