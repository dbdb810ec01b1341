// What became of a text at each account, and what a person can do about it.
import { get, post } from "/api.js";
import { ask } from "/ask.js";
import { $, busy, changed, report, stamp, swap, toast } from "/page.js";
import { named } from "/places.js";
import { say, sayOne, translate, when } from "/words.js";

const EVERY = 3_000;
const DOABLE = {
  retry: ({ status, needsPerson }) => status === "failed" || status === "cancelled" || (status === "unknown" && needsPerson),
  mark: ({ status }) => status === "unknown" || status === "handed_off",
  void: ({ status }) => ["waiting", "unknown", "handed_off"].includes(status),
};
const isMoving = ({ status, needsPerson }) => ["waiting", "publishing", "unknown"].includes(status) && !needsPerson;

/** Show a text's publications in a list, and go on as long as they move. */
export async function followPublications(place, contentId, told = "") {
  const { publications } = await get(`/api/publications?contentId=${contentId}&limit=20`);
  const telling = JSON.stringify(publications);
  if (telling !== told) draw(place, publications);
  if (publications.some(isMoving)) later(place, contentId, telling);
}

/** Nothing is asked while nobody can see it, nor when it was drawn anew elsewhere. */
function later(place, contentId, told) {
  setTimeout(() => {
    if (!place.isConnected) return;
    if (place.checkVisibility() && document.visibilityState === "visible") followPublications(place, contentId, told).catch(report);
    else later(place, contentId, told);
  }, EVERY);
}

function draw(place, publications) {
  const focused = place.contains(document.activeElement) && document.activeElement.closest("li")?.dataset.id;
  place.replaceChildren(...publications.reverse().map((publication) => publicationCard(publication)));
  if (focused) $(`[data-id="${focused}"] :is(button, a):not([hidden])`, place)?.focus();
}

/** `done` is called with the publication after somebody has decided about it; without it the card is drawn anew. */
export function publicationCard(publication, done = null) {
  const item = stamp("publication-card");
  translate(item);
  item.dataset.id = publication.id;
  $("strong", item).textContent = named(publication);
  $(".badge", item).textContent = sayOne("publicationStatus", publication.status);
  $(".badge", item).dataset.is = publication.status;
  $(".time", item).textContent = timeOf(publication);
  $(".why", item).textContent = why(publication);
  $(".said", item).textContent = saidOf(publication);
  drawLink($("a", item), publication);
  const after = done ?? ((fresh) => {
    const place = item.parentElement;
    swap(item, publicationCard(fresh));
    if (isMoving(fresh)) later(place, fresh.contentId, "");
  });
  for (const button of item.querySelectorAll("[data-do]")) {
    button.hidden = !DOABLE[button.dataset.do](publication);
    button.addEventListener("click", () => busy(button, () => DEEDS[button.dataset.do](publication, after)));
  }
  return item;
}

/** Only an address of the web can be followed, whatever a platform has told. */
function drawLink(link, { url }) {
  link.hidden = !/^https?:\/\//i.test(url ?? "");
  if (link.hidden) return;
  link.href = url;
  link.textContent = say("open");
}

function timeOf({ status, publishedAt, readyAt, publishAt, retryAt, attempt }) {
  if (status === "published") return when(publishedAt ?? publishAt);
  if (status !== "waiting") return "";
  if (retryAt && attempt > 0) return say("triedAgain", { n: attempt, when: when(retryAt) });
  return say("goesOut", { when: when(readyAt ?? publishAt) });
}

function why(publication) {
  const { status, reason, needsPerson, readAt } = publication;
  if (status === "unknown") return needsPerson ? say("lookYourself", { account: named(publication) }) : say("lookedFor", { when: when(readAt) });
  if (status === "handed_off") return say("postYourself");
  return reason ? sayOne("publicationReason", reason) : "";
}

function saidOf({ status, errors }) {
  const message = ["failed", "waiting"].includes(status) && errors.at(-1)?.message;
  return message ? say("lastAnswer", { message }) : "";
}

async function settle(path, publication, more, words) {
  const { publication: fresh } = await post(`/api/publication/${path}`, { publicationId: publication.id, ...more });
  toast(say(words));
  changed();
  return fresh;
}

const DEEDS = {
  async retry(publication, after) {
    if (publication.status !== "unknown") return after(await settle("retry", publication, {}, "retried"));
    const question = { title: say("lookFirst"), words: say("lookFirstWords", { account: named(publication) }), yes: say("looked") };
    ask(question, async () => {
      const fresh = await settle("retry", publication, { confirm: true }, "retried");
      return () => after(fresh);
    });
  },
  async mark(publication, after) {
    const line = { name: "url", label: say("linkOfPost"), kind: "url" };
    ask({ title: say("markTitle", { account: named(publication) }), yes: say("markPublished"), line }, async (url) => {
      const fresh = await settle("mark-published", publication, { url }, "marked");
      return () => after(fresh);
    });
  },
  async void(publication, after) {
    ask({ title: say("voidTitle", { account: named(publication) }), words: say("voidWords"), yes: say("takeBack") }, async () => {
      const fresh = await settle("void", publication, {}, "voided");
      return () => after(fresh);
    });
  },
};
