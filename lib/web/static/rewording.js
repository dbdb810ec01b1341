// Changing a text where it stands.
import { post } from "/api.js";
import { readAgain } from "/deciding.js";
import { $, busy, changed, element, showProblem, toast } from "/page.js";
import { say } from "/words.js";

const ROWS = { title: 1, segments: 4, body: 12 };
const POST_ROWS = 6;

/** A form in the place of the text. `redraw` is called with the text as it is then, also when nothing was changed. */
export function reword(place, content, redraw) {
  const form = element("form", { className: "rewording", noValidate: true });
  const fields = element("div", {}, ...parts(content));
  const cancel = element("button", { type: "button", className: "quiet", textContent: say("cancel") });
  const save = element("button", { textContent: say("save") });
  cancel.addEventListener("click", () => redraw(content));
  form.append(fields, element("p", { className: "row end" }, ...(content.segments ? [adder(fields)] : []), cancel, save));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(save, () => send(form, content, redraw));
  });
  place.replaceChildren(form);
  $("textarea, input", form).focus();
}

function parts({ title, segments, body }) {
  if (segments) return segments.map((text, at) => part("segments", say("postOf", { n: at + 1 }), text));
  const text = part("body", say("bodyOf"), body, title === null ? POST_ROWS : ROWS.body);
  return title === null ? [text] : [part("title", say("titleOf"), title), text];
}

const part = (name, words, value, rows = ROWS[name]) =>
  element("label", {}, element("span", { textContent: words }), element("textarea", { name, rows, value }));

function adder(fields) {
  const button = element("button", { type: "button", className: "quiet", textContent: say("addPost") });
  button.addEventListener("click", () => {
    const added = part("segments", say("postOf", { n: fields.children.length + 1 }), "");
    fields.append(added);
    $("textarea", added).focus();
  });
  return button;
}

/** A post of a thread from which everything was taken out is not a post any more. */
function said(form, { segments, title }) {
  const values = (name) => [...form.querySelectorAll(`[name=${name}]`)].map(({ value }) => value);
  if (segments) return { segments: values("segments").filter((text) => text.trim()) };
  return { body: values("body")[0], ...(title !== null && { title: values("title")[0] }) };
}

async function send(form, content, redraw) {
  let answer;
  try {
    answer = await post("/api/content/edit", { contentId: content.id, version: content.version, ...said(form, content) });
  } catch (problem) {
    if (problem.field) return showProblem(form, problem);
    return readAgain(problem, content.id, redraw);
  }
  redraw(answer.content);
  toast(say(["needs_review", "pending_approval"].includes(answer.content.status) ? "editedAgain" : "saved"));
  changed();
}
