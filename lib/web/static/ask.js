// A question before something that is not taken back easily, with a line to fill in if one is needed.
import { $, busy, clearProblems, element, showProblem, toast } from "/page.js";
import { say } from "/words.js";

const dialog = $("#asking");
const form = $("#answer");
let act = async () => {};

/**
 * `line`: {name, label, value, kind}, kind being `note`, `url`, or `shown` for something to take away. `doing` gets what
 * was filled in, null for nothing; what it answers is called when the dialog is closed. A refusal leaves it open.
 */
export function ask({ title, words = "", yes, line = null }, doing) {
  act = doing;
  clearProblems(form);
  $("#asking-title").textContent = title;
  $("#asking-words").textContent = words;
  $("button:not([type])", form).textContent = yes;
  $("[data-close]", form).hidden = line?.kind === "shown"; // there is nothing to take back
  $("#asking-field").replaceChildren(...(line ? drawn(line) : []));
  dialog.showModal();
  ($("#asking-field :is(input, textarea)") ?? $("button:not([type])", form)).focus();
}

function drawn({ name, label, value = "", kind = "note" }) {
  const input = kind === "note"
    ? element("textarea", { name, rows: 3, maxLength: 2000, value })
    : element("input", { name, maxLength: 2000, value, inputMode: "url", spellcheck: false, readOnly: kind === "shown" });
  const labelled = element("label", {}, element("span", { textContent: label }), input);
  if (kind !== "shown") return [labelled];
  input.addEventListener("focus", () => input.select());
  const copy = element("button", { type: "button", className: "quiet", textContent: say("copy") });
  copy.addEventListener("click", () => busy(copy, () => copied(value)));
  return [labelled, copy];
}

export async function copied(text) {
  await navigator.clipboard.writeText(text);
  toast(say("copied"));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy($("button:not([type])", form), async () => {
    let then;
    try {
      then = await act($("#asking-field :is(input, textarea)")?.value.trim() || null);
    } catch (problem) {
      return showProblem(form, problem);
    }
    dialog.close();
    await then?.();
  });
});
