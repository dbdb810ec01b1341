// One written text: what it says, what the gates said of it, and a person's word on it.
import { post } from "/api.js";
import { $, busy, stamp, toast } from "/page.js";
import { dayOf, say, sayOne, translate } from "/words.js";

const DECIDABLE = { approve: ["needs_review"], reject: ["needs_review", "draft"] };

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
  $(".opinion", card).hidden = !content.opinion;
  if (content.opinion) $(".opinion", card).textContent = say("opinion", content.opinion);
  drawReasons(card, content);
  for (const button of card.querySelectorAll("[data-decide]")) {
    button.hidden = !DECIDABLE[button.dataset.decide].includes(content.status);
    button.addEventListener("click", () => busy(button, () => decide(card, content, caption, button.dataset.decide)));
  }
  const copy = $(".copy", card);
  copy.addEventListener("click", () => busy(copy, () => copyText(content)));
  return card;
}

function drawReasons(card, { status, verdict }) {
  const box = $(".reasons", card);
  box.hidden = status !== "needs_review";
  $("ul", box).replaceChildren(...(verdict?.objections ?? []).map((objection) =>
    Object.assign(document.createElement("li"), { textContent: reason(objection, verdict.likeness) })));
}

/** In the reader's language; behind it our words to the model, in English: they name the place and the limit. */
function reason({ gate, where, message }, likeness) {
  if (gate === "duplicate" && likeness) return say("like", { percent: likeness.percent, date: dayOf(likeness.on) });
  return `${sayOne("gates", gate)} (${where}: ${message})`;
}

function body({ title, segments, body: whole }) {
  const parts = (segments ?? [whole]).map((part) => Object.assign(document.createElement("pre"), { textContent: part }));
  return title ? [Object.assign(document.createElement("h3"), { textContent: title }), ...parts] : parts;
}

async function decide(card, { id }, caption, verb) {
  const { content } = await post(`/api/content/${verb}`, { contentId: id });
  const decided = textCard(content, caption);
  card.replaceWith(decided);
  $("button:not([hidden])", decided).focus(); // where the keyboard was
  toast(say(verb === "approve" ? "approved" : "rejected"));
  document.dispatchEvent(new Event("decided"));
}

async function copyText({ title, segments, body: whole }) {
  await navigator.clipboard.writeText([title, ...(segments ?? [whole])].filter(Boolean).join("\n\n"));
  toast(say("copied"));
}
