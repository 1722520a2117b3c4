"""The losses of Storybook's models, computed together in one pass over the images.

    words      the language model continues prompts about the image (captions, answers, instructed texts): cross-entropy
    contrast   which caption belongs to which image of the batch: CLIP's loss (arXiv 2103.00020)
    patches    kind, colour and thing centres of each patch, read by linear heads from the hidden state that the projector reads
    facts      attributes of the scene, read by one linear head from the image's embedding and from the caption's

The last two heads exist during training only. Without the third loss patch tokens encode local shape, only the language model
combines it to kinds, and no single neuron on them could steer; the fourth aligns the parts of both embeddings.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from precompute.storybook.colours import COLOURS
from precompute.storybook.images import MOST_CENTRES
from precompute.storybook.kinds import KINDS
from precompute.storybook.learn.language import BOS, IDS
from precompute.storybook.learn.lessons import FACTS, NOT_ASKED, Lesson
from precompute.storybook.learn.models import MEAN, PROJECTION, READ, STD, VISION, Models

FACTS_WEIGHT = 10 / len(FACTS)  # binary cross-entropy summed over facts is large at first


class Losses(NamedTuple):
    """The four losses above, one number each."""

    words: Tensor
    contrast: Tensor
    patches: Tensor
    facts: Tensor


class JointModel(nn.Module):
    """Both models, and the heads that only training needs."""

    def __init__(self, patch_labels: bool = True) -> None:
        super().__init__()
        self.models, self.patch_labels = Models(), patch_labels
        width = VISION["hidden_size"]
        self.patch_heads = nn.ModuleList([nn.Linear(width, n + 1) for n in (len(KINDS), len(COLOURS), MOST_CENTRES)])
        self.fact_head = nn.Linear(PROJECTION, len(FACTS))
        nn.init.constant_(self.fact_head.bias, -4.0)  # most attributes are false

    def forward(self, pixels_bchw: Tensor, patches_bph: Tensor, texts: Lesson) -> Losses:
        """Compute the losses on one batch.

        Args:
            pixels_bchw: normalised, see `pixels`.
            patches_bph: labels of every patch for every head; read only with `patch_labels`.
        """
        clip = self.models.clip
        vision = clip.vision_model(pixels_bchw, output_hidden_states=True)
        images_be = clip.visual_projection(vision.pooler_output)
        captions_be = clip.text_projection(clip.text_model(texts.captions_bl).pooler_output)
        read_bpd = vision.hidden_states[READ][:, 1:]
        return Losses(
            self._words(read_bpd, texts),
            _contrast(images_be, captions_be, clip.logit_scale),
            self._patches(read_bpd, patches_bph) if self.patch_labels else torch.zeros(()),
            FACTS_WEIGHT * sum((self._facts(e, texts.facts_bf) for e in (images_be, captions_be)), torch.zeros(())),
        )

    def _words(self, read_bpd: Tensor, texts: Lesson) -> Tensor:
        llava = self.models.llava
        embed = llava.get_input_embeddings()
        begin_b1 = torch.full((len(read_bpd), 1), IDS[BOS])
        parts = [embed(begin_b1), llava.model.multi_modal_projector(read_bpd), embed(texts.words_bt)]
        inputs_btd = torch.cat([part.to(parts[0].dtype) for part in parts], 1)
        before = inputs_btd.shape[1] - texts.words_bt.shape[1]
        places = torch.cat([torch.arange(before).expand(len(read_bpd), -1), texts.places_bt], 1)
        hidden_btd = llava.model.language_model(
            inputs_embeds=inputs_btd, attention_mask=_added(texts.seen()), position_ids=places, use_cache=False
        ).last_hidden_state[:, before:]
        graded = texts.answers_bt != NOT_ASKED
        surprise_n = F.cross_entropy(llava.lm_head(hidden_btd[graded]).float(), texts.answers_bt[graded], reduction="none")
        return torch.dot(surprise_n, texts.weights_bt[graded]) / texts.weights_bt[graded].sum()

    def _patches(self, read_bpd: Tensor, patches_bph: Tensor) -> Tensor:
        losses = [_cross_entropy(head(read_bpd), patches_bph[..., i]) for i, head in enumerate(self.patch_heads)]
        return torch.stack(losses).sum()

    def _facts(self, embeddings_be: Tensor, facts_bf: Tensor) -> Tensor:
        logits_bf = self.fact_head(F.normalize(embeddings_be.float(), dim=-1) * embeddings_be.shape[-1] ** 0.5)
        return F.binary_cross_entropy_with_logits(logits_bf.float(), facts_bf, reduction="sum") / len(facts_bf)


def pixels(images: Tensor) -> Tensor:
    """Convert uint8 (b, h, w, 3) images to (b, 3, h, w), normalised as the saved processor does it."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    return (images.permute(0, 3, 1, 2).float() / 255 - mean) / std


def _added(seen_btt: Tensor) -> Tensor:
    """The mask that eager attention adds to its scores; a boolean mask would be added as 0 and 1, and hide nothing."""
    hidden = torch.tensor(torch.finfo(torch.bfloat16).min, dtype=torch.bfloat16)
    return torch.where(seen_btt, torch.zeros_like(hidden), hidden)[:, None]


def _contrast(images_be: Tensor, captions_be: Tensor, scale: Tensor) -> Tensor:
    similarity_bb = scale.exp() * F.normalize(images_be.float(), dim=-1) @ F.normalize(captions_be.float(), dim=-1).T
    own_b = torch.arange(len(similarity_bb))
    return (F.cross_entropy(similarity_bb, own_b) + F.cross_entropy(similarity_bb.T, own_b)) / 2


def _cross_entropy(logits: Tensor, right: Tensor) -> Tensor:
    return F.cross_entropy(logits.float().flatten(0, -2), right.flatten().long())
