// One written text: what it says, what the gates said of it, and a person's word on it.
import { post } from "/api.js";
import { $, busy, stamp, toast } from "/page.js";
import { dayOf, language, say, sayOne, translate } from "/words.js";

const DECIDABLE = { approve: ["needs_review"], reject: ["needs_review", "draft"] };

/** `count`: how many texts its run was to write. */
export function textCard(content, count) {
  const card = stamp("content-card");
  translate(card);
  $(".badge", card).textContent = sayOne("contentStatus", content.status);
  $(".badge", card).dataset.is = content.status;
  $(".which", card).textContent = count > 1 ? say("textOf", { n: content.item + 1, count }) : "";
  $(".text", card).replaceChildren(...body(content));
  $(".made", card).textContent = [
    say("words", { n: content.wordCount }), content.score !== null && say("score", { n: content.score }), content.model,
  ].filter(Boolean).join(" · ");
  drawReasons(card, content);
  for (const button of card.querySelectorAll("[data-decide]")) {
    button.hidden = !DECIDABLE[button.dataset.decide].includes(content.status);
    button.addEventListener("click", () => busy(button, () => decide(card, content, count, button.dataset.decide)));
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

/** In the reader's language; our own words for a writing model stand behind it, they name the place and the limit. */
function reason({ gate, where, message }, likeness) {
  if (gate === "duplicate" && likeness) return say("like", { percent: likeness.percent, date: dayOf(likeness.on) });
  const exact = `${where}: ${message}`;
  return language === "ko" ? `${sayOne("gates", gate)} (${exact})` : `${sayOne("gates", gate)}: ${exact}`;
}

function body({ title, segments, body: whole }) {
  const parts = (segments ?? [whole]).map((part) => Object.assign(document.createElement("pre"), { textContent: part }));
  return title ? [Object.assign(document.createElement("h3"), { textContent: title }), ...parts] : parts;
}

async function decide(card, { id }, count, verb) {
  const { content } = await post(`/api/content/${verb}`, { contentId: id });
  card.replaceWith(textCard(content, count));
  toast(say(verb === "approve" ? "approved" : "rejected"));
  document.dispatchEvent(new Event("reviewed"));
}

async function copyText({ title, segments, body: whole }) {
  await navigator.clipboard.writeText([title, ...(segments ?? [whole])].filter(Boolean).join("\n\n"));
  toast(say("copied"));
}
