// The texts that wait for a person, whatever schedule they are of.
import { get } from "/api.js";
import { textCard } from "/content.js";
import { $, busy } from "/page.js";
import { when } from "/words.js";

const dialog = $("#review");
const STATUSES = ["pending_approval", "needs_review"];
let nameOf = () => "";
let statuses = [];
let cursor = null;

/** `names`: id of a schedule → its name, as far as known. */
export async function openReview(names) {
  nameOf = (content) => names.get(content.scheduleId) ?? "";
  cursor = null;
  statuses = [...STATUSES];
  $("#texts").replaceChildren();
  await readMore();
  dialog.showModal();
}

/** Those that a schedule wants asked about first, then those to which a gate objects. */
async function readMore() {
  do {
    const page = await get(`/api/contents?status=${statuses[0]}&limit=10${cursor ? `&cursor=${cursor}` : ""}`);
    cursor = page.nextCursor;
    if (!cursor) statuses.shift();
    $("#texts").append(...page.contents.map((content) =>
      textCard(content, [nameOf(content), when(content.createdAt)].filter(Boolean).join(" · "))));
  } while (statuses.length && !cursor);
  $("#more-texts").hidden = !statuses.length;
  $("#nothing").hidden = $("#texts").children.length > 0;
}

$("#more-texts").addEventListener("click", (event) => busy(event.target, readMore));
