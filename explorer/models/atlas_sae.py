"""An atlas's SAE, its files verified."""

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import SAE_CONFIG, SAE_WEIGHTS
from explorer.errors import OPERATOR, UserError
from explorer.models.sae import SparseAutoencoder
from explorer.models.sae.files import read_sae


def load_sae(atlas: Atlas) -> SparseAutoencoder:
    """An atlas's SAE, its files verified.

    Raises:
        UserError: if one is missing or damaged.
    """
    with atlas.files.using(SAE_CONFIG), atlas.files.using(SAE_WEIGHTS):
        try:
            return read_sae(atlas.directory)
        except UserError as error:
            raise UserError(str(error), f"The SAE of atlas {atlas.name} cannot be used; {OPERATOR}") from error
