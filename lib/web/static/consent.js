// The part of the editor that says where texts go, and who says yes before they do.
import { $, report } from "/page.js";
import { loadAccounts, loadPlatforms } from "/places.js";
import { boxes, tickedIn } from "/targets.js";
import { duration, minutes } from "/words.js";

const USUAL = { minutesBefore: 15, leadTime: 60 };
const form = $("#wish");
let ticked = [];

/** Show a schedule's choice. `drawn` is called when the accounts are there. */
export async function openConsent({ settings, leadTime }, drawn) {
  const { mode = "auto", minutesBefore = "", otherwise = "skip", reviewers = [] } = settings.approval ?? {};
  ticked = settings.targets ?? [];
  Object.entries({ mode, minutesBefore, otherwise, reviewers: reviewers.join("\n"), leadTime: minutes(leadTime) })
    .forEach(([name, value]) => { form.elements[name].value = value; });
  drawTargets();
  try {
    await Promise.all([loadAccounts(), loadPlatforms()]);
    drawTargets();
    drawn();
  } catch (problem) {
    report(problem);
  }
}

/** Of the kind that is chosen now; what was ticked for another kind is remembered while the editor is open. */
export function drawTargets() {
  const shown = boxes("targets", form.elements.contentType.value, ticked);
  $("#targets").replaceChildren(...shown);
  $("#no-targets").hidden = shown.length > 0;
  chooseConsent();
}

/** Only the fields that mean something with the chosen targets and mode are there. */
export function chooseConsent() {
  const mode = form.elements.mode.value;
  $("[data-publishing]", form).hidden = !chosenTargets().length;
  for (const label of form.querySelectorAll("[data-mode]")) label.hidden = !label.dataset.mode.split(" ").includes(mode);
  if (mode !== "review_until") return;
  const { minutesBefore, leadTime } = form.elements;
  if (minutesBefore.value === "") minutesBefore.value = USUAL.minutesBefore;
  if (Number(leadTime.value) === 0) leadTime.value = USUAL.leadTime;
}

export const chosenTargets = () => tickedIn($("#targets"));

/** What the settings say of it; without targets what was said before stays. */
export function consent() {
  const targets = chosenTargets();
  if (!targets.length) return { targets };
  const { mode, minutesBefore, otherwise, reviewers } = form.elements;
  const mails = reviewers.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const approval = { mode: mode.value, ...(mode.value !== "auto" && { reviewers: mails }) };
  const deadline = { minutesBefore: Number(minutesBefore.value), otherwise: otherwise.value };
  return { targets, approval: mode.value === "review_until" ? { ...approval, ...deadline } : approval };
}

/** How long before its time a run begins; nothing where nobody was asked. */
export const lead = () => (chosenTargets().length ? { leadTime: duration(Number(form.elements.leadTime.value) || 0) } : {});

$("#targets").addEventListener("change", ({ target }) => {
  ticked = target.checked ? [...ticked, target.value] : ticked.filter((id) => id !== target.value);
});
