"""What each content type is, told to a model: its form, its limits, its usual length."""

from collections.abc import Mapping

from lib.domain.limits import FEWEST_SEGMENTS, LINKEDIN_LIMIT, LONGEST_SUBJECT, LONGEST_TITLE, MOST_SEGMENTS
from lib.domain.schedule import ContentType
from lib.domain.weighted_length import LINK_WEIGHT, LONGEST

FORMS: Mapping[ContentType, str] = {
    ContentType.X_POST: f"""\
Write one post for X. It may weigh at most {LONGEST}: Latin letters, digits, blanks and ordinary punctuation weigh 1 \
each; Hangul, Chinese and Japanese characters and every emoji weigh 2, so a Korean or Japanese post has at most \
{LONGEST // 2} characters; a link weighs {LINK_WEIGHT}. Stay safely below: aim at {LONGEST - 40}. Plain text, no \
Markdown, no title. At most two hashtags and one cashtag.""",
    ContentType.X_THREAD: f"""\
Write a thread for X of {FEWEST_SEGMENTS} to {MOST_SEGMENTS} posts, five to eight unless the author wants another \
length. Each post may weigh at most {LONGEST}: Latin letters, digits, blanks and ordinary punctuation weigh 1 each; \
Hangul, Chinese and Japanese characters and every emoji weigh 2, so a Korean or Japanese post has at most \
{LONGEST // 2} characters; a link weighs {LINK_WEIGHT}. Stay safely below: aim at {LONGEST - 40}. The first post must \
work alone and make one want the second; each of the others carries one thought; the last one closes. No numbering, \
no "thread", no Markdown. At most one cashtag in a post.""",
    ContentType.BLOG_POST: f"""\
Write a blog post in Markdown: a title (plain text, one line, at most {LONGEST_TITLE} characters, better below 70) and \
the text, 600 to 1,000 words unless the author wants another length (for Korean 1,500 to 2,500 characters). Do not \
repeat the title in the text. Open with the point, use `##` headings where they help finding one's way, short \
paragraphs, lists only for what is a list. No raw HTML, no images.""",
    ContentType.NEWSLETTER: f"""\
Write one issue of a newsletter in Markdown: a subject line (plain text, one line, at most {LONGEST_SUBJECT} \
characters, better below 50, no clickbait, no "Re:") and the text, 300 to 600 words unless the author wants another \
length (for Korean 800 to 1,500 characters). Speak to one reader. One main story; close with one thing to do or to \
think about. No salutation by name, no unsubscribe line, no raw HTML, no images.""",
    ContentType.LINKEDIN_POST: f"""\
Write one post for LinkedIn of at most {LINKEDIN_LIMIT:,} characters; 600 to 1,500 are usual. The first two lines \
decide whether the rest is opened. Plain text: no Markdown, LinkedIn shows it as it is; short paragraphs with an empty \
line between them. At most three hashtags, at the end.""",
}
