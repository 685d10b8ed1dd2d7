# SPDX-License-Identifier: GPL-3.0-or-later
"""What links, addresses and telephone numbers look like, for hiding them and for warning of them.

Texts come from anybody, so every pattern takes time in proportion to the text: a run of
characters is taken whole from its beginning (``++``), and what else repeats has a limit.
"""

from __future__ import annotations

import re

_ENDINGS = """
com net org edu gov mil int info biz name pro app dev cloud online site tech shop xyz top eu io ai
co local lan internal intranet intra corp home private localdomain arpa example test invalid onion
ac ad ae af ag al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by
bz ca cd cf cg ch ci ck cl cm cn cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et fi fj fk
fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gt gu gw gy hk hm hn hr ht hu id ie il im in iq
ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc me mg
mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf
pg ph pk pl pm pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sm sn sr st su sv sx sy sz tc
td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za
zm zw
"""
HOST_ENDINGS = frozenset(_ENDINGS.split())
"""How the names of hosts end, but for those that are files far more often: 'md', 'py', 'sh'."""

EMAIL = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]++@[^\W_][\w-]*+(?:\.[\w-]++)*+"
)
LINK = re.compile(
    r"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>\"]++"
    r"|\b(?:javascript|vbscript|data|file|mailto|tel):[^\s<>\"]++"
    r"|(?<!\\)\\\\[\w.$-]++(?:\\[^\s<>\"\\]++)*+",
    re.IGNORECASE,
)
HOST = re.compile(r"(?<![\w.@-])(?:[^\W_][\w-]{0,62}\.){1,20}[^\W\d_]{2,24}(?![\w-]|\.\w)")
PHONE = re.compile(
    r"(?<![\w+/-])(?<!\d\.)(?:\+|\((?=[+\d])|(?=0))\+?\d(?:[ ()/.\u00a0-]{0,4}\d)*+"
    r"|(?<![\w+./-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-])"
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:[ ,]+\d{1,2})?")
_NO_HOSTS = {"asp.net", "socket.io"}
_PUNCTUATION = ".,;:!?'’*_`"
_SHORTEST_NUMBER = 7


def is_host(name: str) -> bool:
    """Whether a dotted name ends like a host's: not 'setup.exe', nor 'is down.In the' in haste."""
    ending = name.rpartition(".")[2]
    is_cased_alike = ending.islower() or name.isupper()
    return is_cased_alike and ending.lower() in HOST_ENDINGS and name.lower() not in _NO_HOSTS


def is_phone(number: str) -> bool:
    """Whether what looks like a telephone number has enough digits and is no date."""
    return sum(map(str.isdigit, number)) >= _SHORTEST_NUMBER and not _DATE.fullmatch(number)


def without_tail(link: str) -> str:
    """Return a link without the punctuation of the sentence that it ends."""
    end = len(link)
    closing = {")": link.count(")") - link.count("("), "]": link.count("]") - link.count("[")}
    while end and (link[end - 1] in _PUNCTUATION or closing.get(link[end - 1], 0) > 0):
        end -= 1
        if link[end] in closing:
            closing[link[end]] -= 1
    return link[:end]
