// What was given up: why, and again through the pipeline or away with it.
import { get, post } from "/api.js";
import { ask } from "/ask.js";
import { $, busy, changed, stamp, toast } from "/page.js";
import { say, sayOne, translate, when } from "/words.js";

const dialog = $("#letters");
const list = $(".cards", dialog);
let cursor = null;

export async function openLetters() {
  cursor = null;
  list.replaceChildren();
  await readMore();
  if (!dialog.open) dialog.showModal();
}

async function readMore() {
  const page = await get(`/api/dead-letters?status=open&limit=20${cursor ? `&cursor=${cursor}` : ""}`);
  cursor = page.nextCursor;
  list.append(...page.deadLetters.map(card));
  drawAround();
}

function drawAround() {
  const n = list.children.length;
  $(".nothing", dialog).hidden = n > 0;
  $("#replay-all").hidden = n < 2;
  $("#more-letters").hidden = !cursor;
}

function card(letter) {
  const item = stamp("letter-card");
  translate(item);
  item.dataset.id = letter.id;
  const about = letter.publicationId ? "publication" : letter.scheduleId ? "run" : "message";
  $("h3", item).textContent = sayOne("letterKind", about);
  $("time", item).dateTime = letter.createdAt;
  $("time", item).textContent = when(letter.createdAt);
  $(".why", item).textContent = sayOne("letterCause", letter.cause);
  $(".said", item).textContent = [
    letter.history.findLast(({ message }) => message)?.message,
    letter.redriveAt && say("redrive", { when: when(letter.redriveAt) }),
  ].filter(Boolean).join(" · ");
  const [replay, discard] = item.querySelectorAll("[data-do]");
  replay.hidden = about === "message";
  replay.addEventListener("click", () => busy(replay, async () => {
    await post("/api/dead-letter/replay", { deadLetterId: letter.id });
    away(item);
    toast(say("replayed"));
  }));
  discard.addEventListener("click", () => putAway(letter, item));
  return item;
}

/** The keyboard goes on to the next one. */
function away(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  drawAround();
  (next ? $("button:not([hidden])", next) : $("[data-close]", dialog)).focus();
  changed();
}

function putAway({ id }, item) {
  const line = { name: "note", label: say("noteOptional") };
  ask({ title: say("discardTitle"), words: say("discardWords"), yes: say("discard"), line }, async (note) => {
    await post("/api/dead-letter/discard", { deadLetterId: id, note });
    toast(say("discarded"));
    return () => away(item);
  });
}

$("#replay-all").addEventListener("click", (event) => busy(event.target, async () => {
  const ids = [...list.children].map(({ dataset }) => dataset.id);
  const { replays } = await post("/api/dead-letter/replay-many", { deadLetterIds: ids.slice(0, 50) });
  const refused = replays.filter(({ outcome }) => outcome === "refused");
  await openLetters();
  changed();
  toast(say("replayedSome", { n: replays.length - refused.length, refused: refused.length }));
}));
$("#more-letters").addEventListener("click", (event) => busy(event.target, readMore));
