"""What programs and agents ask: questions with typed arguments, each answered by one operation.

`explorer.ui.api` and `explorer.ui.mcp` put the same questions; their names, arguments and descriptions come from here.
"""

from explorer.ui.questions.base import Question
from explorer.ui.questions.of_atlases import Atlases, Neuron, Neurons
from explorer.ui.questions.of_comparisons import Compare
from explorer.ui.questions.of_concepts import SteerConcept
from explorer.ui.questions.of_maps import MapPoints
from explorer.ui.questions.of_models import Contrast, Read, Steer
from explorer.ui.questions.of_reports import Report
from explorer.ui.questions.of_search import Search

QUESTIONS: dict[str, type[Question]] = {
    "atlases": Atlases,
    "neurons": Neurons,
    "neuron": Neuron,
    "read": Read,
    "contrast": Contrast,
    "steer": Steer,
    "steer_concept": SteerConcept,
    "map_points": MapPoints,
    "report": Report,
    "search": Search,
    "compare": Compare,
}
