"""How long X thinks a text is: twitter-text's rules, version 3 (docs.x.com, "Counting characters").

- The text is counted in NFC. Latin, Greek, Cyrillic, Arabic … and ordinary punctuation weigh 1; the rest, Hangul and
  CJK among it, 2. At most 280 together.
- An emoji weighs 2 however many code points it has: skin tones, ZWJ sequences, flags, keycaps. After a ZWJ only what
  Unicode's own sequences use there is taken as joined, because X counts unknown sequences piece by piece.
- A link weighs 23 whatever its length. With `http(s)://`, or bare (`example.com/path`) if the top-level domain is known
  here. X's list has some 1,500 entries; ours has every country code and the common others. A link that is plainly meant
  as one (scheme, `www.` or a path) under a domain that is not in our list weighs the larger of 23 and its own length: a
  text is never counted too short because of it.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 280
LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # weight 1; everything else 2
LONGEST_LABEL = 63  # of a domain name, in its ASCII form

COUNTRY_CODES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz "
    "ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm "
    "fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is "
    "it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm "
    "mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr "
    "ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg "
    "th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
GENERIC_DOMAINS = (
    "com org net edu gov mil int info biz name pro aero asia cat coop jobs mobi museum post tel travel xxx "
    "academy agency app art audio auto baby band bank bar beer best bet bid bio blog boutique build business buzz "
    "cafe camera camp capital car cards care career careers cash casino center chat cheap church city claims "
    "cleaning click clinic clothing cloud club coach codes coffee community company computer consulting cooking "
    "cool coupons credit day deals degree delivery dental design dev diet digital direct directory doctor dog "
    "domains download earth education email energy engineer engineering enterprises equipment estate events "
    "exchange expert express fail faith family fans farm fashion film finance financial fish fit fitness flights "
    "florist foo football forsale foundation fun fund furniture futbol gallery game games garden gift gifts gives "
    "glass global gold golf graphics gratis green gripe group guide guru health healthcare help holdings holiday "
    "homes horse hospital host hosting house how ink institute insure international investments jetzt jewelry kim "
    "kitchen land law lawyer lease legal life lighting limited link live loan loans lol love ltd luxury maison "
    "management market marketing mba media memorial men menu moda moe mom money mortgage movie network new news "
    "ngo ninja now observer one ong onl online ooo page partners parts party pet photo photography photos pics "
    "pictures pink pizza place plumbing plus poker porn press productions promo properties property pub quest "
    "racing recipes red rehab rent rentals repair report republican rest restaurant review reviews rich rip rocks "
    "rodeo run sale salon school science security services sex sexy shoes shop shopping show singles site ski "
    "soccer social software solar solutions space sport store stream studio study style sucks supplies supply "
    "support surf surgery systems tattoo tax taxi team tech technology tennis theater tips tires today tools top "
    "tours town toys trade trading training tube university uno vacations ventures vet video villas vip vision "
    "vodka vote voyage wang watch website wedding wiki win wine work works world wtf xyz yoga zone seoul tokyo "
    "london berlin paris nyc google youtube"
)
KNOWN_DOMAINS = frozenset(f"{COUNTRY_CODES} {GENERIC_DOMAINS}".split())

_LATIN = "a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_PATH = "a-z0-9\u00c0-\u024f\u0400-\u04ff"
_LINK = re.compile(
    # Not inside a word, an e-mail address, a @name, a #tag or a $tag; bare domains neither after - _ . / or any Latin
    # letter, so that a long run of letters is tried once and not from each of them.
    rf"""(?<![a-z0-9@＠$\#＃])
    (?: https?:// (?P<host>(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,}}))
      | (?<![-_./{_LATIN}]) (?P<bare>(?:[{_LATIN}](?:[{_LATIN}_-]*[{_LATIN}])?\.)+[a-z]{{2,}}) )
    (?![0-9a-z@+-])
    (?P<port>:\d+)?
    (?P<path>/(?:[{_PATH}!*';:=+,.$/%\#\[\]\\–_~@|&-]|\([^\s()]*\))*(?<=[{_PATH}=_\#/+)-]))?
    (?P<query>\?(?:[a-z0-9!?*'@();:&=+$/%\#\[\]_.,~|-])*(?<=[a-z0-9_&=\#/-]))?
    """,
    re.IGNORECASE | re.VERBOSE,
)

_TONE = "[\U0001f3fb-\U0001f3ff]"
_TAKES_TONE = (
    "[\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f478\U0001f47c\U0001f481-\U0001f483\U0001f485-\U0001f487\U0001f48f\U0001f491"
    "\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f"
    "\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926"
    "\U0001f930-\U0001f939\U0001f93c-\U0001f93e\U0001f977\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8]"
)
_SYMBOL = (  # text by default: an emoji only with a variation selector
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u2328\u23cf\u23ed-\u23fa\u24c2\u25aa-\u27bf\u2934"
    "\u2935\u2b05-\u2b07\u3030\u303d\u3297\u3299]"
)
_PICTURE = "[\u231a\u231b\u23e9-\u23f3\u25fd-\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004-\U0001f1e5\U0001f200-\U0001faff]"
_JOINED = (  # what Unicode's own ZWJ sequences have after a joiner
    "[\u2194\u2195\u2620\u2640\u2642\u2695\u2696\u26a7\u2708\u2744\u2764\u27a1\u2b1b\U0001f308\U0001f32b\U0001f33e"
    "\U0001f373\U0001f37c\U0001f384\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed\U0001f430\U0001f466-\U0001f469"
    "\U0001f48b\U0001f4a5\U0001f4a8\U0001f4ab\U0001f4bb\U0001f4bc\U0001f525\U0001f527\U0001f52c\U0001f5e8\U0001f680"
    "\U0001f692\U0001f7e9\U0001f7eb\U0001f91d\U0001f9af-\U0001f9b3\U0001f9ba\U0001f9bc\U0001f9bd\U0001f9d1\U0001f9d2"
    "\U0001fa79\U0001fa70\U0001faaf]"
)
_EMOJI = re.compile(
    "[0-9#*]\ufe0f?\u20e3"  # keycap
    "|[\U0001f1e6-\U0001f1ff]{2}"  # flag of a country
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # flag of a region
    f"|(?:{_TAKES_TONE}{_TONE}|{_SYMBOL}\ufe0f|{_PICTURE}\ufe0f?)(?:\u200d{_JOINED}\ufe0f?{_TONE}?)*"
)


def weighted_length(text: str) -> int:
    """What the text weighs on X; at most LONGEST may be posted."""
    composed = unicodedata.normalize("NFC", text)
    weight = at = 0
    for start, end, link_weight in find_links(composed):
        weight += _weight(composed[at:start]) + link_weight
        at = end
    return weight + _weight(composed[at:])


def find_links(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and weight of each stretch that X makes a link of."""
    for found in _LINK.finditer(text):
        host = found["host"] or found["bare"]
        if not _is_possible(host):
            continue
        is_known = host.rpartition(".")[2].lower() in KNOWN_DOMAINS
        if not is_known and found["bare"] and not found["path"] and not host.lower().startswith("www."):
            continue  # Node.js, readme.txt
        weight = LINK_WEIGHT if is_known else max(LINK_WEIGHT, _weight(found[0]))
        yield found.start(), found.end(), weight


def _is_possible(host: str) -> bool:
    """Whether every label fits a domain name, and the last two have no underscore."""
    labels = host.split(".")
    if any("_" in label for label in labels[-2:]) or (host.lower().startswith("xn--") and not labels[0].isascii()):
        return False
    return all(len(label) <= LONGEST_LABEL and _ascii_length(label) <= LONGEST_LABEL for label in labels)


def _ascii_length(label: str) -> int:
    return len(label) if label.isascii() else len("xn--") + len(label.encode("punycode"))


def _weight(text: str) -> int:
    """The weight of text without links."""
    weight = at = 0
    for found in _EMOJI.finditer(text):
        weight += _plain_weight(text[at : found.start()]) + EMOJI_WEIGHT
        at = found.end()
    return weight + _plain_weight(text[at:])


def _plain_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 if any(low <= ord(char) <= high for low, high in LIGHT_RANGES) else 2 for char in text)
