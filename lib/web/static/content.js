// One written text: what it says, what the gates said of it, what a person can say, and where it goes.
import { copied } from "/ask.js";
import { canDecide, decide } from "/deciding.js";
import { $, busy, element, report, stamp, swap } from "/page.js";
import { followPublications } from "/publications.js";
import { reword } from "/rewording.js";
import { dayOf, say, sayOne, translate, when } from "/words.js";

const UNDECIDED = ["needs_review", "pending_approval"];

/** `caption` says which text it is, where that is not plain. */
export function textCard(content, caption = "") {
  const card = stamp("content-card");
  translate(card);
  $(".badge", card).textContent = sayOne("contentStatus", content.status);
  $(".badge", card).dataset.is = content.status;
  $(".which", card).textContent = caption;
  $(".text", card).replaceChildren(...body(content));
  $(".made", card).textContent = [
    say("words", { n: content.wordCount }), content.score !== null && say("score", { n: content.score }), content.model,
  ].filter(Boolean).join(" · ");
  $(".opinion", card).textContent = content.opinion ? say("opinion", content.opinion) : "";
  $(".deadline", card).textContent = deadline(content);
  $(".note", card).textContent = content.decisionNote ? say("noteOf", { note: content.decisionNote }) : "";
  drawReasons(card, content);
  followPublications($(".publications", card), content.id).catch(report);
  const redraw = (fresh) => swap(card, textCard(fresh, caption));
  for (const button of card.querySelectorAll("[data-decide]")) {
    const verb = button.dataset.decide;
    button.hidden = !canDecide(verb, content);
    button.addEventListener("click", () =>
      verb === "edit" ? reword($(".text", card), content, redraw) : busy(button, () => decide(verb, content, redraw)));
  }
  const copy = $(".copy", card);
  copy.addEventListener("click", () => busy(copy, () => copied(wholeText(content))));
  return card;
}

const deadline = ({ status, approveBy, onDeadline }) =>
  approveBy && UNDECIDED.includes(status) ? sayOne("approveUntil", onDeadline, { when: when(approveBy) }) : "";

function drawReasons(card, { status, verdict }) {
  const box = $(".reasons", card);
  box.hidden = status !== "needs_review";
  $("ul", box).replaceChildren(...(verdict?.objections ?? []).map((objection) =>
    element("li", { textContent: reason(objection, verdict.likeness) })));
}

/** In the reader's language; behind it our words to the model, in English: they name the place and the limit. */
function reason({ gate, where, message }, likeness) {
  if (gate === "duplicate" && likeness) return say("like", { percent: likeness.percent, date: dayOf(likeness.on) });
  return `${sayOne("gates", gate)} (${where}: ${message})`;
}

function body({ title, segments, body: whole }) {
  const parts = (segments ?? [whole]).map((textContent) => element("pre", { textContent }));
  return title ? [element("h3", { textContent: title }), ...parts] : parts;
}

const wholeText = ({ title, segments, body: whole }) => [title, ...(segments ?? [whole])].filter(Boolean).join("\n\n");
