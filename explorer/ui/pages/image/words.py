"""What the Image page says."""

TITLE = "Which neurons see your picture?"
INTRO = "Drop, paste or photograph something. It is deleted within the hour and never becomes part of the atlas."
EXAMPLES = "or take one of the atlas's own"
LOADING = "Reading your picture. The first one takes a little longer: the encoder is being loaded."
NONE_FIRED = "No neuron fires on this picture."
