"""What an author never says: found in every form, and only there."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.never_say import find_forbidden


def is_said(text: str, phrase: str) -> bool:
    return bool(list(find_forbidden(text, [phrase])))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("leverage", "We leverage it."),
        ("leverage", "LEVERAGED by all"),
        ("leverage", "leveraging what we have"),
        ("leverage", "ｌｅｖｅｒａｇｅ"),
        ("leverage", "lev\u200berage it"),
        ("leverage", "lev\u034fer\u2066age\u2069 it"),
        ("leverage", "lеvеrаgе it"),  # with Cyrillic letters
        ("leverage", "l\u0336e\u0336v\u0336e\u0336r\u0336a\u0336g\u0336e\u0336 it"),
        ("cheap", "🅲🅷🅴🅰🅿 beans"),
        ("хайп", "so much хайп about it"),
        ("game changer", "beans #GameChanger"),
        ("cheap", "#cheap_beans for all"),
        ("AI", "요즘은 AI가 씁니다"),
        ("ChatGPT", "생성형ChatGPT로 쓴 글"),
        ("best practice", "best practice를 모았습니다"),
        ("무료", "무\u3164료 배송"),
        ("synergy", "So many synergies!"),
        ("game-changer", "two game changers"),
        ("game changer", "a game-changer"),
        ("game changer", "a game—changer"),
        ("run", "running late"),
        ("cheap", "cheaper than that"),
        ("happy", "the happiest day"),
        ("delve", "Let’s delve into it"),
        ("unlock", "**Unlock** your mornings"),
        ("don't worry", "Don’t worry, be there"),
        ("in today's world", "In today’s world, coffee"),
        ("#ad", "great beans #ad"),
        ("C++", "I write C++ at night"),
        ("24/7", "open 24/7."),
        ("🚀", "off we go 🚀"),
        ("!!!", "Now!!!"),
        ("barato", "café barata y buena"),
        ("solution", "des solutions simples"),
        ("günstig", "die günstigen Bohnen"),
        ("хайп", "это хайп"),
        ("赋能", "我们赋能咖啡"),
        ("コスパ", "コスパ最強"),
        ("革命的", "革命的な一杯"),
        ("สุดยอด", "กาแฟสุดยอดมาก"),
        ("혁신", "혁신을 말하다"),
        ("혁신", "혁신적인 커피"),
        ("혁신", "혁신하는 사람"),
        ("혁신", "이것이 혁신입니다."),
        ("혁신", "혁신과 사람"),
        ("대박", "완전 대박!"),
        ("인공지능", "요즘 인공 지능이 화제"),
        ("게임 체인저", "이건 게임체인저예요"),
        ("최고의 선택", "당신에게 최고의 선택을"),
        ("놀랍다", "놀라운 맛"),
        ("좋다", "좋은 물"),
        ("좋다", "참 좋았어요"),
        ("죽다", "죽는 날까지"),
        ("쉽다", "쉬운 길"),
        ("쉽다", "쉽게 말하면"),
        ("놀랍다", "정말 놀랍습니다"),
        ("놀랍다", "놀라워요"),
        ("추천하다", "추천합니다"),
        ("추천하다", "추천했어요"),
        ("추천하다", "추천할 만한"),
        ("느끼다", "향을 느껴 보세요"),
        ("빠르다", "빨라요"),
        ("배우다", "배웠습니다"),
    ],
)
def test_a_forbidden_phrase_is_found_in_every_form(phrase: str, text: str) -> None:
    assert is_said(text, phrase)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("ad", "I added a grinder and had a salad"),
        ("ad", "radio, adding, bad, add it"),
        ("art", "start of the party"),
        ("cat", "category, education"),
        ("pass", "passport and compass"),
        ("leverage", "a lever"),
        ("run", "runway, rune, prune"),
        ("hot", "hotel and photo"),
        ("game changer", "the game has changed her"),
        ("AI", "said, again, aisle"),
        ("C++", "vitamin C"),
        ("#ad", "add #adventure"),
        ("사기", "감사기간입니다"),
        ("사기", "사기충천"),
        ("사기", "검사기를 새로 샀다"),
        ("이자", "이자리에서"),
        ("혁신", "혁신도시 이야기"),
        ("대박", "대박물관에서"),
        ("최고", "최고급 원두"),
        ("놀랍다", "놀라지 마세요"),
        ("추천하다", "추천 목록"),
        ("죽다", "호박죽 한 그릇과 죽집"),
        ("쉽다", "쉬는 날"),
        ("있다", "맛있는 커피"),
        ("AI", "brAInstorm과 HAI에서"),
        ("game changer", "#gamechangerous"),
        ("", "anything"),
    ],
)
def test_other_words_are_left_alone(phrase: str, text: str) -> None:
    assert not is_said(text, phrase)


def test_each_phrase_that_is_said_is_named_once() -> None:
    messages = list(find_forbidden("Leverage the synergy, leverage it", ["synergy", "leverage", "delve"]))
    assert messages == [
        "says “synergy”, which the author never says, in any form",
        "says “leverage”, which the author never says, in any form",
    ]


@given(st.text(min_size=1, max_size=100))
def test_any_phrase_makes_a_pattern_and_is_found_in_itself(phrase: str) -> None:
    list(find_forbidden("an ordinary text, 평범한 글", [phrase]))
    plain = "".join(char for char in phrase if char.isascii() and char.isalnum())
    assert not plain or is_said(f"so {plain}, then", plain)


@pytest.mark.parametrize("phrase", ["(a+)+$", "a" * 100, "가" * 100, "a a a a a a a a", "…", "놀랍다", "혁신", "- - -"])
@pytest.mark.parametrize("unit", ["a", "a ", "가", "가 ", "-", "혁신이", "놀라", "\u200b", " "])
def test_no_text_keeps_it_busy(phrase: str, unit: str) -> None:
    began = time.process_time()
    list(find_forbidden((unit * 40_000)[:40_000], [phrase]))
    assert time.process_time() - began < 1
