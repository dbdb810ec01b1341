// The publications that only a person can settle: those that may be out or not, and those that people post themselves.
import { get } from "/api.js";
import { drawPackage } from "/package.js";
import { $, element, report } from "/page.js";
import { publicationCard } from "/publications.js";
import { when } from "/words.js";

const dialog = $("#decide");
const place = $(".cards", dialog);
const MOST = 50;

export async function openSettling() {
  await redraw();
  if (!dialog.open) dialog.showModal();
}

async function redraw() {
  const found = await Promise.all(["handed_off", "unknown"].map((status) => get(`/api/publications?status=${status}&limit=${MOST}`)));
  const publications = found.flatMap((page) => page.publications).filter(({ needsPerson }) => needsPerson);
  place.replaceChildren(...publications.map(card));
  drawEmpty();
}

function drawEmpty() {
  $("[data-t=nothingWaits]", dialog).hidden = place.children.length > 0;
}

/** What is settled leaves the list, and the keyboard goes on to the next. */
function card(publication) {
  const about = element("div");
  const item = publicationCard(publication, () => {
    const next = made.nextElementSibling ?? made.previousElementSibling;
    made.remove();
    drawEmpty();
    (next ? $("button:not([hidden])", next) : $("[data-close]", dialog)).focus();
  });
  const made = element("article", { className: "panel" }, element("ul", {}, item), about);
  tellAbout(about, publication).catch(report);
  return made;
}

async function tellAbout(about, { id, status, attemptedAt, publishAt }) {
  if (status === "handed_off") return drawPackage(about, id);
  const { content } = await get(`/api/publications/${id}`);
  const texts = [content.title, ...(content.segments ?? [content.body])].filter(Boolean);
  about.className = "contents";
  about.append(
    element("p", { className: "dim", textContent: when(attemptedAt ?? publishAt) }),
    ...texts.map((textContent) => element("pre", { textContent })),
  );
}
