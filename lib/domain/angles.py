"""From which side a topic is taken this time: what keeps a schedule's hundredth piece from being its first again.

An angle asks for nothing that would have to be made up: no customer story, no figure, no memory of the author's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from lib.domain.draft import ARTICLES
from lib.domain.schedule import ContentType


@dataclass(frozen=True, slots=True)
class Angle:
    """`id` is kept with the content, `instruction` is told to the model."""

    id: str
    instruction: str


EVERYWHERE = (
    Angle("mistake", "Name one common mistake, say why it is tempting, and what to do instead."),
    Angle("first-step", "Give the smallest useful first step: one that takes ten minutes and needs no preparation."),
    Angle("question", "Open with one question the reader should ask before doing anything, and show how to answer it."),
    Angle("contrast", "Set two ways of doing it side by side and say plainly when each one is the right one."),
    Angle("hidden-cost", "Show a cost that is easily overlooked: time, attention, trust or upkeep; and how to cut it."),
    Angle("subtraction", "Argue for leaving something out: what can go, and what gets better without it."),
    Angle("misbelief", "Take up something many people believe, be fair to the reason for it, then put it right."),
    Angle("why", "Explain why something works, in plain cause and effect, so that the reader can apply it elsewhere."),
    Angle("beginner", "Write for somebody on the first day: one idea, no jargon, nothing taken for granted."),
    Angle("experienced", "Write for somebody who has done it for years: a fine point that only shows with practice."),
    Angle("trade-off", "Describe a real trade-off: what is gained, what is given up, and how to decide."),
    Angle("signal", "Name one early sign that things go well or badly, and what to do on seeing it."),
    Angle("order", "Be about order: what has to come before what, and what goes wrong the other way round."),
    Angle("rule-of-thumb", "Give one rule of thumb, the reason behind it, and the case in which it does not hold."),
    Angle("comparison", "Explain it by a comparison from quite another field, and say where the comparison ends."),
    Angle("detail", "Take one small detail that others pass over, and show what depends on it."),
    Angle("constraint", "Assume a hard limit, such as half the time, no budget or a single tool: what would remain?"),
    Angle("long-view", "Look at it over years, not days: what adds up slowly, and what turns out not to matter."),
    Angle("when-not-to", "Say when not to do it at all, and what to do then."),
    Angle("routine", "Turn it into a habit: when, where, how long, and what to do on a bad day."),
    Angle(
        "disagreement", "Take a clear position that a sensible person could oppose, and give the other side its due."
    ),
    Angle("definition", "Make one word precise that everybody uses loosely; show what changes once it is clear."),
    Angle("other-side", "Take the view of the one on the other side: who receives, uses, reads or pays for it."),
    Angle("repair", "Start from things having gone wrong: how to notice, what to do first, what to leave for later."),
    Angle("test", "Give a way to check it oneself: what to try, what to look at, how to read the result."),
    Angle("encouragement", "Take the weight off: name what is hard about it, and what is already good enough."),
)
ARTICLES_ONLY = (
    Angle("walk-through", "Walk through one made-up but typical case from beginning to end, said to be an example."),
    Angle("checklist", "Build the piece around a short checklist, and explain each point well enough to act on it."),
    Angle(
        "questions-answered", "Answer three to five questions that readers really have, the most pressing one first."
    ),
    Angle("levels", "Lead from the simplest version to a thorough one in three steps, each complete in itself."),
)
POSTS_ONLY = (
    Angle("one-sentence", "Find the one sentence that is worth remembering, and say only what makes it land."),
    Angle("tiny-list", "Give three short points that belong together, each on its own line."),
    Angle("before-after", "Show a before and an after in the fewest words, and what made the difference."),
    Angle("invitation", "End with one honest question that the reader can answer from experience."),
)
ANGLES: Mapping[str, Angle] = {angle.id: angle for angle in (*EVERYWHERE, *ARTICLES_ONLY, *POSTS_ONLY)}


def angles_for(kind: ContentType) -> Sequence[Angle]:
    """Those that suit a content type; more of them than a run has items."""
    return (*EVERYWHERE, *(ARTICLES_ONLY if kind in ARTICLES else POSTS_ONLY))


def choose_angle(kind: ContentType, used: Sequence[str | None], seed: str, taken: Collection[str] = ()) -> Angle:
    """The angle for the next piece: the longest unused one first, among equals the one that `seed` draws.

    `used` are the ids of earlier pieces, newest first; unknown ids and None do no harm. `taken` are those of the same
    run's other items: left out as long as there is another.
    """
    fitting = angles_for(kind)
    free = [angle for angle in fitting if angle.id not in taken] or fitting
    last_used = {id_: at for at, id_ in reversed(list(enumerate(used))) if id_ is not None}

    def wanted(angle: Angle) -> tuple[int, bytes]:
        return last_used.get(angle.id, len(used)), sha256(f"{seed}\n{angle.id}".encode()).digest()

    return max(free, key=wanted)
