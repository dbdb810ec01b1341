// The texts that wait for a person, whatever schedule they are of.
import { get } from "/api.js";
import { textCard } from "/content.js";
import { $, busy } from "/page.js";
import { say, when } from "/words.js";

const dialog = $("#review");
let nameOf = () => "";
let cursor = null;

/** `names`: id of a schedule → its name, as far as known. */
export async function openReview(names) {
  nameOf = (content) => names.get(content.scheduleId) ?? "";
  cursor = null;
  $("#texts").replaceChildren();
  await readMore();
  dialog.showModal();
}

async function readMore() {
  const page = await get(`/api/contents?status=needs_review&limit=10${cursor ? `&cursor=${cursor}` : ""}`);
  cursor = page.nextCursor;
  $("#texts").append(...page.contents.map((content) =>
    textCard(content, [nameOf(content), when(content.createdAt)].filter(Boolean).join(" · "))));
  $("#more-texts").hidden = !cursor;
  $("#nothing").hidden = $("#texts").children.length > 0;
}

$("#more-texts").addEventListener("click", (event) => busy(event.target, readMore));
