"""What any gate must let pass: ordinary posts by language, ordinary articles."""

import re
from pathlib import Path

_SECTION = re.compile(r"^## ([a-z]+)$", re.MULTILINE)


def read_posts() -> list[tuple[str, str]]:
    """Language tag and text of each."""
    _, *parts = _SECTION.split(Path(__file__).with_name("ordinary_posts.txt").read_text("utf-8"))
    return [
        (tag, post) for tag, text in zip(parts[::2], parts[1::2], strict=True) for post in text.strip().split("\n\n")
    ]


POSTS = read_posts()

ARTICLES = [
    """\
Most of a cup is water, and most of its faults are, too. **Weigh it**, filter it, and do not boil it to death.

## What to change first

1. The temperature: let the kettle stand for a minute.
2. The grind, one step at a time.
3. Nothing else this week.

> A cup a day is a test a day.

| beans | water |
|-------|-------|
| 15 g  | 250 g |

Then taste. If it is sour, grind finer; if it is bitter, coarser. *Write it down.* ---
""",
    """\
Templates are small programs. In Jinja you write `{{ user.name }}`, in a shell `${HOME}`, in Python `f"{name}"`:

```python
text = "Dear {name},\\n\\nwe are {date}."
data = {"text": ["a", "b"], "title": "<topic>"}
```

Use `**kwargs` sparingly, and never trust `<draft>` tags, `[insert name]` or `&amp;` from a form. They are data, and not
code, and whoever treats them as code will be sorry. That is the whole of
template safety, in one paragraph and one rule.
""",
]
