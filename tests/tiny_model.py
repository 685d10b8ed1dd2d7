# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a tiny model of the kind that Mistral 7B is, with random weights: it answers word salad.

It is a peer for the protocol and no model of language: whole words of a help desk come out, and
strings end by themselves, so that an answer by a schema is valid JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WORDS = """the a to your you is we it please restart check network printer password reset account
email server laptop screen driver update access folder share vpn wifi cable monitor keyboard mouse
login error message user team ticket urgent slow install software license backup restore disk
and or not with after before try again contact support thanks issue device office phone"""
_PUNCTUATION = ".,:-?!"
_SPACE = "\u2581"
_WIDTH, _HEADS, _KEY_HEADS, _LAYERS, _INNER = 64, 4, 2, 2, 128
_CONTEXT = 32_768

STRICT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}"
    "{% endif %}{% endfor %}"
)
"""As the first versions of the model have it: no system role, turns have to alternate."""
TEMPLATE = (
    "{{ bos_token }}{% set ns = namespace(sys='') %}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{% set ns.sys = message['content'] + '\n\n' %}"
    "{% elif message['role'] == 'user' %}"
    "{{ '[INST] ' + ns.sys + message['content'] + '[/INST]' }}{% set ns.sys = '' %}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
)


class _Vocabulary:
    """Tokens, with how gladly each is said."""

    def __init__(self, kinds: Any) -> None:
        self.tokens: list[bytes] = []
        self.scores: list[float] = []
        self.kinds: list[int] = []
        self.biases: list[float] = []
        self._seen: set[str] = set()
        for token, kind, bias, score in _tokens(kinds):
            if token not in self._seen:
                self._seen.add(token)
                self.tokens.append(token.encode())
                self.kinds.append(int(kind))
                self.biases.append(bias)
                self.scores.append(float(score))


def _tokens(kinds: Any) -> Iterator[tuple[str, Any, float, float]]:
    yield "<unk>", kinds.UNKNOWN, -30, 0
    yield "<s>", kinds.CONTROL, -30, 0
    yield "</s>", kinds.CONTROL, 0.8, 0
    yield "[INST]", kinds.CONTROL, -30, 0
    yield "[/INST]", kinds.CONTROL, -30, 0
    for number in range(256):
        yield f"<0x{number:02X}>", kinds.BYTE, -12, 0
    for word in _WORDS.split():
        yield _SPACE + word, kinds.NORMAL, 1, -1
    for mark in _PUNCTUATION:
        yield mark, kinds.NORMAL, 0, -2
    yield '"', kinds.NORMAL, 2.2, -2  # ends the strings of JSON after some words
    for mark in (_SPACE, *"{}[]_"):
        yield mark, kinds.NORMAL, -6, -2
    for number in range(33, 127):
        yield chr(number), kinds.NORMAL, -6, -3
    for word in _WORDS.split():  # so that the tokenizer can reach the words
        for length in range(1, len(word)):
            yield _SPACE + word[:length], kinds.NORMAL, -12, -4 - 0.01 * (20 - length)


def write(file: Path) -> None:
    """Write the model."""
    import gguf

    words = _Vocabulary(gguf.TokenType)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("tiny-random-mistral")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(len(words.tokens))
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_KEY_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words.tokens)
    writer.add_token_scores(words.scores)
    writer.add_token_types(words.kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(TEMPLATE)
    for name, values in _weights(words):
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(words: _Vocabulary) -> Iterator[tuple[str, Any]]:
    import numpy

    drawn = numpy.random.default_rng(7)

    def some(*shape: int, spread: float = 0.05) -> Any:
        return drawn.normal(0, spread, shape).astype(numpy.float32)

    ones = numpy.ones(_WIDTH, numpy.float32)
    count = len(words.tokens)
    # One lane is constant: it carries how gladly each token is said.
    inward, outward = some(count, _WIDTH, spread=1), some(count, _WIDTH, spread=0.18)
    inward[:, 0] = 8.0
    outward[:, 0] = numpy.array(words.biases, numpy.float32) / 5.7
    keys = _WIDTH // _HEADS * _KEY_HEADS
    yield "token_embd.weight", inward
    for layer in range(_LAYERS):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", ones
        yield block + "ffn_norm.weight", ones
        yield block + "attn_q.weight", some(_WIDTH, _WIDTH)
        yield block + "attn_k.weight", some(keys, _WIDTH)
        yield block + "attn_v.weight", some(keys, _WIDTH)
        yield block + "attn_output.weight", some(_WIDTH, _WIDTH)
        yield block + "ffn_gate.weight", some(_INNER, _WIDTH)
        yield block + "ffn_up.weight", some(_INNER, _WIDTH)
        yield block + "ffn_down.weight", some(_WIDTH, _INNER)
    yield "output_norm.weight", ones
    yield "output.weight", outward
