// A text that a person posts themselves, ready to be pasted.
import { get } from "/api.js";
import { copied } from "/ask.js";
import { busy, element, toast } from "/page.js";
import { language, say, sayOne } from "/words.js";

/** Show what to copy, where to paste it, and how. */
export async function drawPackage(place, publicationId) {
  const { package: found } = await get(`/api/publications/${publicationId}/package`);
  const steps = found.steps.map((step) => element("li", { textContent: step[language] }));
  const texts = [found.title, ...found.texts].filter(Boolean).map((textContent) => element("pre", { textContent }));
  place.className = "contents";
  place.replaceChildren(element("p", { className: "row" }, ...tools(found)), element("ol", { className: "steps" }, ...steps), ...texts);
}

function tools({ platform, title, texts, html, writeAt }) {
  const parts = texts.map((text, at) =>
    copier(texts.length > 1 ? say("copyPart", { n: at + 1 }) : say("copyText"), () => (html ? copyRich(html, text) : copied(text))));
  const link = /^https:\/\//.test(writeAt ?? "") &&
    element("a", { href: writeAt, target: "_blank", rel: "noopener noreferrer", textContent: say("openEditor", { platform: sayOne("platforms", platform) }) });
  return [...(title ? [copier(say("copyTitle"), () => copied(title))] : []), ...parts, ...(link ? [link] : [])];
}

function copier(textContent, copy) {
  const button = element("button", { type: "button", className: "quiet", textContent });
  button.addEventListener("click", () => busy(button, copy));
  return button;
}

/** With its formatting for editors that take it, plain for the others. */
async function copyRich(html, text) {
  const blob = (content, type) => new Blob([content], { type });
  await navigator.clipboard.write([new ClipboardItem({ "text/html": blob(html, "text/html"), "text/plain": blob(text, "text/plain") })]);
  toast(say("copied"));
}
