"""Create untrained VibeVoice checkpoints of a megabyte: the real classes run on them instantly.

python plugins/vibevoice/tests/tiny.py FOLDER              text to speech
python plugins/vibevoice/tests/tiny.py FOLDER --listening  speech to text

The speech is noise, but its duration depends on the text: one head of the language model counts, and ends the speech after one frame of
audio per six characters. The transcripts are meaningless.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Qwen2Config,
    Qwen2TokenizerFast,
    VibeVoiceAcousticTokenizerConfig,
    VibeVoiceAcousticTokenizerEncoderConfig,
    VibeVoiceAcousticTokenizerFeatureExtractor,
    VibeVoiceAsrConfig,
    VibeVoiceAsrForConditionalGeneration,
    VibeVoiceAsrProcessor,
    VibeVoiceConfig,
    VibeVoiceDiffusionHeadConfig,
    VibeVoiceForConditionalGeneration,
    VibeVoiceProcessor,
)

HIDDEN, LATENT, SEMANTIC = 16, 8, 4
SPEECH_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|endoftext|>")
LISTENING_MARKS = ("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>")

SPEECH_TEMPLATE = """\
{%- set introduced = namespace(roles=[]) -%}
{%- for turn in messages -%}
{%- if turn.content | selectattr('type', 'equalto', 'audio') | list -%}
{%- set introduced.roles = introduced.roles + [turn.role] -%}
{%- endif -%}
{%- endfor -%}
{%- for role in introduced.roles %}{{ ' Speaker ' + role + ':<|vision_start|><|vision_pad|><|vision_end|>\\n' }}{% endfor -%}
{%- for turn in messages -%}
{%- for part in turn.content | selectattr('type', 'equalto', 'text') %}{{ ' Speaker ' + turn.role + ': ' + part.text + '\\n' }}{% endfor -%}
{%- endfor -%}
{{ '<|vision_start|>' }}"""

LISTENING_TEMPLATE = """\
{%- for turn in messages -%}
{%- for part in turn.content if part.type == 'audio' -%}
{{ '<|im_start|>user\\n<|object_ref_start|><|box_start|><|object_ref_end|>\\nThis is a <|AUDIO_DURATION|> seconds audio' }}
{%- for info in turn.content if info.type == 'text' %}{{ ', with extra info: ' + info.text }}{% endfor -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- endfor -%}"""


def make_speech(folder: Path) -> Path:
    """Save a text-to-speech model with its processor, and return its folder."""
    torch.manual_seed(5)
    tokenizer = _tokenizer(SPEECH_MARKS)
    begin, finish, sound, end = (tokenizer.convert_tokens_to_ids(mark) for mark in SPEECH_MARKS)
    audio = _audio_config(LATENT)
    config = VibeVoiceConfig(
        audio_config=audio,
        semantic_model_config=VibeVoiceAcousticTokenizerEncoderConfig(**{**_audio_settings(), "hidden_size": SEMANTIC}),
        text_config=_text_config(len(tokenizer), end),
        diffusion_head_config=VibeVoiceDiffusionHeadConfig(
            hidden_size=HIDDEN, latent_size=LATENT, num_hidden_layers=1, intermediate_size=HIDDEN, frequency_embedding_size=HIDDEN
        ),
        audio_bos_token_id=begin,
        audio_eos_token_id=finish,
        audio_token_id=sound,
        eos_token_id=end,
        pad_token_id=end,
    )
    model = VibeVoiceForConditionalGeneration(config)
    _wild(model)
    _teach_counting(model, sound, end)
    with torch.no_grad():
        model.model.diffusion_head.cond_proj.weight[:, 0] = 0  # no contribution
        model.model.audio_tower.decoder.head.conv.weight *= 0.1  # it would be too loud otherwise
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = end
    processor = VibeVoiceProcessor(VibeVoiceAcousticTokenizerFeatureExtractor(), tokenizer, chat_template=SPEECH_TEMPLATE)
    return _save(model, processor, folder)


def make_listening(folder: Path) -> Path:
    """Save a speech-to-text model with its processor, and return its folder."""
    torch.manual_seed(6)
    tokenizer = _tokenizer(LISTENING_MARKS)
    begin, finish, sound, *_, end = (tokenizer.convert_tokens_to_ids(mark) for mark in LISTENING_MARKS)
    config = VibeVoiceAsrConfig(
        acoustic_tokenizer_encoder_config=VibeVoiceAcousticTokenizerEncoderConfig(**{**_audio_settings(), "hidden_size": LATENT}),
        semantic_tokenizer_encoder_config=VibeVoiceAcousticTokenizerEncoderConfig(**{**_audio_settings(), "hidden_size": SEMANTIC}),
        text_config=_text_config(len(tokenizer), end),
        audio_bos_token_id=begin,
        audio_eos_token_id=finish,
        audio_token_id=sound,
    )
    model = VibeVoiceAsrForConditionalGeneration(config)
    _wild(model)
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = end
    processor = VibeVoiceAsrProcessor(VibeVoiceAcousticTokenizerFeatureExtractor(), tokenizer, chat_template=LISTENING_TEMPLATE)
    return _save(model, processor, folder)


def _tokenizer(marks: tuple[str, ...]) -> Any:
    # A token for every byte, and the special tokens.
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return Qwen2TokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=marks[-1],
        pad_token="<|endoftext|>",
        unk_token=None,
        additional_special_tokens=[mark for mark in marks if mark not in (marks[-1], "<|endoftext|>")],
    )


def _audio_settings() -> dict[str, Any]:
    return {"num_filters": 1, "depths": [1] * 7, "layer_scale_init_value": 0.5}


def _audio_config(hidden: int) -> VibeVoiceAcousticTokenizerConfig:
    return VibeVoiceAcousticTokenizerConfig(**{**_audio_settings(), "hidden_size": hidden})


def _text_config(vocabulary: int, end: int) -> Qwen2Config:
    return Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        intermediate_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=65536,
        eos_token_id=end,
        pad_token_id=end,
    )


def _wild(model: Any) -> None:
    # The initial weights are so small that all audio is silence.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, 0.2)


def _teach_counting(model: Any, sound: int, end: int) -> None:
    # Dimension 0 is always 8, which keeps the norms steady; dimension 1 says "this was a frame"; the head takes the mean of that over all
    # that went before and puts it into dimension 2, where the end of the speech outweighs another frame once it is a seventh.
    language, layer = model.model.language_model, model.model.language_model.layers[0]
    one, frame, share = 0, 1, 2
    with torch.no_grad():
        language.embed_tokens.weight.normal_()
        language.embed_tokens.weight[:, [one, frame, share]] = torch.tensor([8.0, 0.0, 0.0])
        for projector, says in ((model.model.multi_modal_projector, 0.0), (model.model.semantic_connector, 1.0)):
            projector.linear_2.weight[[one, frame, share]] = 0
            projector.linear_2.bias[[one, frame, share]] = torch.tensor([8.0 if says == 0 else 0.0, says, 0.0])
        attention = layer.self_attn
        for projection in (attention.q_proj, attention.k_proj):
            projection.weight.zero_()
            projection.bias.zero_()
        attention.v_proj.bias.zero_()
        attention.v_proj.weight[0] = 0
        attention.v_proj.weight[0, frame] = 1
        for projection in (attention.o_proj, layer.mlp.down_proj):
            projection.weight[[one, frame, share]] = 0
        attention.o_proj.weight[:, 0] = 0
        attention.o_proj.weight[share, 0] = 1
        for norm in (layer.input_layernorm, layer.post_attention_layernorm, language.norm):
            norm.weight.fill_(1.0)
        model.lm_head.weight.zero_()
        model.lm_head.weight[sound, one] = 1.0
        model.lm_head.weight[end, share] = 8 * 2.1 * 7  # 2.1 is what the norm divides by


def _save(model: Any, processor: Any, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--listening", action="store_true")
    given = arguments.parse_args()
    (make_listening if given.listening else make_speech)(given.folder)
