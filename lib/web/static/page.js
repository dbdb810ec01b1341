// Small things that every part of the page uses.
import { Refused } from "/api.js";
import { say } from "/words.js";

export const $ = (selector, root = document) => root.querySelector(selector);

/** A copy of a template's content. */
export const stamp = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** A new element with these properties and children. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export const paragraph = (textContent) => element("p", { textContent, className: "dim" });

/** Put a thing that was drawn anew in the place of the old one, and the keyboard where it was. */
export function swap(old, fresh) {
  const hadFocus = old.contains(document.activeElement) || document.activeElement === document.body;
  old.replaceWith(fresh);
  if (hadFocus) $(":is(button, a, summary, input):not([hidden])", fresh)?.focus();
}

/** Somebody has changed something that other parts of the page show too. */
export const changed = () => document.dispatchEvent(new Event("changed"));

/** Do something with a button that cannot be pressed again meanwhile. */
export async function busy(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    report(problem);
  } finally {
    button.disabled = false;
  }
}

/** Tell the reader of a refusal; anything else is a mistake of ours and belongs into the console. */
export function report(problem) {
  if (!(problem instanceof Refused)) throw problem;
  toast(problem.message);
}

let fading;

/** A passing message, with something to press if `action` is given. A popover, so that no dialog covers it. */
export function toast(text, action, act) {
  const box = $("#toast");
  const button = $("button", box);
  $("span", box).textContent = text;
  button.hidden = !action;
  button.textContent = action ?? "";
  button.onclick = () => {
    box.hidePopover();
    act();
  };
  box.hidePopover();
  box.showPopover();
  clearTimeout(fading);
  fading = setTimeout(() => box.hidePopover(), action ? 10_000 : 5_000);
}

/** Show a refusal beside the field that is to blame, or as a passing message. */
export function showProblem(form, problem) {
  clearProblems(form);
  const names = problem.field?.split(/[.[\]]+/).filter(Boolean).reverse() ?? []; // settings.approval.reviewers[0]
  const input = names.map((name) => $(`[name="${CSS.escape(name)}"]`, form)).find(Boolean);
  if (!input) return report(problem);
  const told = document.createElement("em");
  told.id = `problem-${input.name}`;
  told.textContent = problem.details.message ?? problem.said;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", told.id);
  (input.closest("label:not(.choice)") ?? input.closest("fieldset")).append(told);
  for (let folded = input.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
}

export function clearProblems(form) {
  for (const told of form.querySelectorAll("label > em, fieldset > em")) told.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
