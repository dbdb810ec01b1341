"""What no reader should see is found; what only looks like it passes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain import leftovers
from lib.domain.leftovers import find_leftovers
from tests.domain.ordinary import ARTICLES, POSTS


def found(text: str, *, is_markdown: bool = False) -> list[str]:
    return list(find_leftovers(text, is_markdown=is_markdown))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Visit [insert link here] now", leftovers.PLACEHOLDER),
        ("Dear [Your Name],", leftovers.PLACEHOLDER),
        ("Come to [City] on [Date].", leftovers.PLACEHOLDER),
        ("[회사명] 소식", leftovers.PLACEHOLDER),
        ("[여기에 링크를 넣으세요]", leftovers.PLACEHOLDER),
        ("자세히 보기 (링크 삽입)", leftovers.PLACEHOLDER),
        ("【ここにリンク】", leftovers.PLACEHOLDER),
        ("点击【请插入链接】", leftovers.PLACEHOLDER),
        ("Hola [tu nombre]", leftovers.PLACEHOLDER),
        ("Bonjour [votre prénom]", leftovers.PLACEHOLDER),
        ("Hallo [Ihr Name]", leftovers.PLACEHOLDER),
        ("Olá [seu nome]", leftovers.PLACEHOLDER),
        ("Ciao [nome]", leftovers.PLACEHOLDER),
        ("Hi <your name>!", leftovers.PLACEHOLDER),
        ("［이름］님, 안녕하세요", leftovers.PLACEHOLDER),
        ("[OO]님, 안녕하세요", leftovers.PLACEHOLDER),
        ("[장소]에서 만나요", leftovers.PLACEHOLDER),
        ("In [X] days", leftovers.PLACEHOLDER),
        ("Hi ｛name｝", leftovers.VARIABLE),
        ("***Bold*** claims", leftovers.MARKDOWN),
        ("Beans &#8217; water", leftovers.ESCAPES),
        ("Beans <b>and</b> water", leftovers.ESCAPES),
        ("<script>alert(1)</script> water", leftovers.ESCAPES),
        ("<img src=x onerror=alert(1)> water", leftovers.ESCAPES),
        ("네, 요청하신 봄맞이 게시글입니다.\n물", leftovers.REMARK),
        ("Now only $XX, XX% off", leftovers.PLACEHOLDER),
        ("Lorem ipsum dolor", leftovers.PLACEHOLDER),
        ("It is {weekday}!", leftovers.VARIABLE),
        ("Hi {first_name}", leftovers.VARIABLE),
        ("Hi {{ first name }}", leftovers.VARIABLE),
        ("Hi *|FNAME|*", leftovers.VARIABLE),
        ("Hi ${user}", leftovers.VARIABLE),
        ("<topic>Coffee</topic>", leftovers.TAG),
        ("Coffee </draft>", leftovers.TAG),
        ("**Bold** claims", leftovers.MARKDOWN),
        ("**굵게**는 안 됩니다", leftovers.MARKDOWN),
        ("Water\n## What to change", leftovers.MARKDOWN),
        ("```\nWater\n```", leftovers.MARKDOWN),
        ("Read [this](https://drumbeat.app)", leftovers.MARKDOWN),
        ("Beans &amp; water", leftovers.ESCAPES),
        ("Beans<br>water", leftovers.ESCAPES),
        ("Here is your post:\nWater", leftovers.REMARK),
        ("Here's the revised version:\n\nWater", leftovers.REMARK),
        ("Sure! Here's a tweet about water", leftovers.REMARK),
        ("**Here is the post:** Water", leftovers.REMARK),
        ("네, 요청하신 게시물입니다.\n물", leftovers.REMARK),
        ("물론이죠! 다음은 커피 이야기입니다.", leftovers.REMARK),
        ("다음은 수정된 게시물입니다:\n물", leftovers.REMARK),
        ("以下は投稿文案です：水", leftovers.REMARK),
        ("好的，以下是您要求的内容：水", leftovers.REMARK),
        ("¡Claro! Aquí tienes el post: agua", leftovers.REMARK),
        ("Voici le post demandé : l’eau", leftovers.REMARK),
        ("Hier ist dein Beitrag: Wasser", leftovers.REMARK),
        ("Aqui está o post: água", leftovers.REMARK),
        ("Ecco il post richiesto: acqua", leftovers.REMARK),
        ("Berikut postingan yang diminta: air", leftovers.REMARK),
        ("นี่คือโพสต์ของคุณ", leftovers.REMARK),
        ("Water.\n\nLet me know if you'd like me to adjust the tone!", leftovers.REMARK),
        ("Water. (243 characters)", leftovers.REMARK),
        ("물이 중요합니다. (글자 수: 120자)", leftovers.REMARK),
        ("물이 중요합니다. 원하시면 더 짧게 수정해 드릴게요.", leftovers.REMARK),
        ("As an AI language model, I", leftovers.AI_REMARK),
        ("I'm just an AI, but water", leftovers.AI_REMARK),
        ("I can't help with that request.", leftovers.AI_REMARK),
        ("I'm sorry, but I can't help with this.", leftovers.AI_REMARK),
        ("AI 언어 모델로서 저는", leftovers.AI_REMARK),
        ("죄송하지만 이 요청은 도와드릴 수 없습니다", leftovers.AI_REMARK),
        ("作为一个AI语言模型，我", leftovers.AI_REMARK),
        ("Como modelo de lenguaje, no", leftovers.AI_REMARK),
        ("Als KI-Sprachmodell kann ich", leftovers.AI_REMARK),
        ("Tweet 1/5: Water", leftovers.LABEL),
        ("Post: water", leftovers.LABEL),
        ("**Title:** Water", leftovers.LABEL),
        ("제목: 물", leftovers.LABEL),
        ("本文：水", leftovers.LABEL),
        ('{"text": "Water"}', leftovers.JSON),
        ('Water", "segments": ["more"]', leftovers.JSON),
        ('Water makes the cup."}', leftovers.JSON),
        ("Water\\n\\nmakes", leftovers.JSON),
        ("caf\\u00e9", leftovers.JSON),
        ('"Water makes the cup."', leftovers.QUOTED),
        ("“Water makes the cup.”", leftovers.QUOTED),
        ("「물이 커피를 만든다」", leftovers.QUOTED),
    ],
)
def test_what_was_never_meant_for_readers_is_found(text: str, message: str) -> None:
    assert message in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "As an AI researcher I read a lot",
        "I'm an AI engineer, an early riser and a slow drinker",
        "a[0] = your[1]",
        "[1] A footnote, [sic] and [update] an edit",
        "$AAPL rose by $5 and $10.50",
        "Size XXL, XX century, xx from Paris",
        "2**3**4 and f(*args, **kwargs)",
        "#coffee first, then #water",
        "5 * 3 * 2 = 30",
        "R&D, AT&T and Q&A",
        "a < b > c, <3, ->, <-",
        "{this} is not ours, { nor this }",
        'She said "water" and he said "beans"',
        '"Water," she said, "makes the cup."',
        "'Tis the season, rock 'n' roll",
        "Here's the thread that changed my mind: 🧵",
        "Here's a thread on pricing: 🧵",
        "Here is what I learned: water first.",
        "Sure, here and there it rains.",
        "Of course, here is why: water.",
        "Sure! Here's why I switched.",
        "Of course, below zero everything is slower.",
        "Let me know if you'd like a part 2!",
        "Would you like me to come to your town?",
        "Feel free to share this.",
        "Post office hours: 9 to 5",
        "Title fights are overrated: my list",
        "오늘의 질문: 물인가 원두인가",
        "다음은 부산입니다! 토요일에 만나요.",
        "요청하신 분들께 답장했습니다.",
        "요청하신 분이 많아서 재입고합니다! 이번 주 금요일 오전 10시예요.",
        "요청하신 색상, 드디어 입고입니다! 토요일에 만나요.",
        "[일시] 12월 3일 오후 7시\n[장소] 성수동 카페\n[주제]: 글쓰기 습관",
        "글자 수: 140자. 짧아서 더 어렵습니다.",
        "My stack: [x] calendar [x] notes [ ] willpower",
        "# of customers: 0. # of features: 14.",
        "Would you like me to edit your landing page?",
        "Let me know if you want a different version of this checklist!",
        "<오늘의 한 줄> 꾸준함은 재능을 이깁니다. <선착순 50명>",
        "(1,000 characters is a lot for a haiku) but try",
        "C:\\new folder",
        "Le post de demain : l’eau",
        "📌 Title: none. Author: unknown.",
        *(text for _, text in POSTS),
    ],
)
def test_ordinary_posts_pass(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("article", ARTICLES)
def test_markdown_and_code_belong_into_articles(article: str) -> None:
    assert found(article, is_markdown=True) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```markdown\n# Water\n\nText.\n```", leftovers.FENCED),
        ("Text\n\n```python\nprint()\n", leftovers.OPEN_FENCE),
        ("# Water\n\nDear {name}, [insert story]", leftovers.PLACEHOLDER),
        ("Here is your newsletter:\n\nWater", leftovers.REMARK),
        ("Water.\n\nFeel free to adjust the tone.", leftovers.REMARK),
        ("Water.\n\n<script>alert(1)</script>", leftovers.RAW_HTML),
        ("Water.\n\n<script\nsrc=x", leftovers.RAW_HTML),
        ("Water <img src=x onerror=alert(1)>", leftovers.RAW_HTML),
        ("Water <x-y onclick=alert(1)>", leftovers.RAW_HTML),
        ("Water <svg/onload=alert(1)>", leftovers.RAW_HTML),
        ("Water <b>bold</b>", leftovers.RAW_HTML),
        ("Water <!-- hidden -->", leftovers.RAW_HTML),
        ("\\`<b>\\` bold", leftovers.RAW_HTML),
    ],
)
def test_articles_have_leftovers_too(text: str, message: str) -> None:
    assert message in found(text, is_markdown=True)


def test_a_message_never_quotes_the_text() -> None:
    text = '"text": "**secretword** [insert secretword] {{ secretword }} <your secretword>'
    assert len(found(text)) >= 4
    assert "secretword" not in "".join(found(text))


@given(st.text())
def test_each_sort_is_told_once(text: str) -> None:
    messages = found(f"Here is your post: {text} (12 characters)")
    assert len(messages) == len(set(messages))


HOSTILE = (
    *(
        "a",
        "a ",
        "[",
        "[your ",
        "**a",
        "**",
        "{{a",
        "{{",
        "```\n",
        "`",
        "<your ",
        '"text"',
        '" ',
        "\\n",
        "#",
        "# a\n",
        "](",
    ),
    *("[a](", "|-", "x", "& ", "((", "here is ", "요청하신 ", "\n", " ", "as an ai ", "{", "$", "i "),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_keeps_it_busy(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    for is_markdown in (True, False):
        began = time.process_time()
        found(text, is_markdown=is_markdown)
        assert time.process_time() - began < 1
