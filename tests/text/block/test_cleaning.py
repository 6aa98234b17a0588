"""Texts cleaned together are those cleaned one by one."""

from __future__ import annotations

import pytest

from sentiment.text.block.codes import Codes
from sentiment.text.block.compiling import can_compile
from sentiment.text.clean import model_text, own_text
from sentiment.text.service import fold

if not can_compile():
    pytest.skip("numba is switched off", allow_module_level=True)

from sentiment.text.block.cleaning import clean

TEXTS = [
    "又崩了", "", "  又崩了\n", "美團ＡＰＰ當機了！！！！", "餓了麼\n打坏 http://t.cn/A6", "沈默\x00後面",
    "當", "當\ue000機//@某人:美團", "回复@小王:İ當機ΑΣ", "ＡＰＰ打开@某某", "转发微博", "[超话]當機",
    "长" * 2_500 + "當", "當  機\u200b", "é٣²Ⅷ", "覆\ufe0f",
]  # fmt: skip


def test_every_form_is_that_of_the_functions_for_one_post() -> None:
    cleaned = clean(Codes.of(TEXTS))
    own = [own_text(text) for text in TEXTS]
    for forms, wanted in (
        (cleaned.own, own),
        (cleaned.plain, [model_text(text) for text in own]),
        (cleaned.folded, [fold(text) for text in own]),
    ):
        assert [forms.text(row) for row in range(len(forms))] == wanted
