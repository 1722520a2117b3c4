"""A neuron seen from elsewhere: its card in another site's page, its picture, and the words of a link's preview."""
