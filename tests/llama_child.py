# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a real llama.cpp server; see ``tests.llama_server``."""

from __future__ import annotations

import os
import sys

from tests.tiny_model import STRICT_TEMPLATE, TEMPLATE


def main(model: str, name: str, key: str, context: int, at_once: int, strict: bool) -> None:
    """Serve until standard input is closed; say the address first."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = model
    wanted.model_alias = {name}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.n_ctx = context * at_once  # it is divided among those that are served together
    wanted.n_parallel = at_once
    wanted.n_predict = -1
    wanted.cpuparams.n_threads = 1
    wanted.cpuparams_batch.n_threads = 1
    wanted.n_gpu_layers = 0
    wanted.fit_params = False
    wanted.warmup = False
    wanted.ui = False
    wanted.cache_ram_mib = 0
    wanted.endpoint_metrics = True
    wanted.api_keys = [key] if key else []
    wanted.chat_template = STRICT_TEMPLATE if strict else TEMPLATE
    wanted.verbosity = 0
    server = xllamacpp.Server(wanted)
    print(f"serving {server.listening_address}", flush=True)  # noqa: T201
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    model, name, key, context, at_once, strict = sys.argv[1:]
    main(model, name, key, int(context), int(at_once), strict == "strict")
