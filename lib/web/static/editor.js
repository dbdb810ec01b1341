// Making and changing a schedule.
import { newKey, post } from "/api.js";
import { chooseConsent, drawTargets, lead, openConsent } from "/consent.js";
import { clearForecast, drawForecast } from "/forecast.js";
import { drawModels, openModels } from "/models.js";
import { $, busy, clearProblems, report, showProblem, toast } from "/page.js";
import { choose, fill, form, rule, settings, value, wish } from "/wish.js";
import { language, say, translate } from "/words.js";

const PATIENCE = 350;
const dialog = $("#editor");

let edited = null;
let whenSaved = () => {};
let waiting;
let asked = 0;
let attempt = { body: "", key: "" };

/** `schedule` null makes a new one. `saved` is called afterwards. */
export function openEditor(schedule, saved) {
  edited = schedule;
  whenSaved = saved;
  form.reset();
  clearProblems(form);
  translate(form);
  $("#editor-title").textContent = say(schedule ? "editSchedule" : "newSchedule");
  $("#more-wishes").open = false;
  fill(schedule ?? starting());
  choose();
  dialog.showModal();
  form.elements.name.focus();
  openModels(schedule?.settings.models);
  openConsent(schedule ?? starting(), preview);
  preview();
}

function starting() {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { contentType: "x_post", frequency: "3hours", timeOfDay: "09:00", timezone, settings: { language } };
}

async function preview() {
  const mine = ++asked;
  try {
    const asking = { ...rule(), contentType: value("contentType"), settings: askable(settings(edited?.settings)), ...lead(), n: 5 };
    const of = edited && { workspaceId: edited.workspaceId, scheduleId: edited.id };
    const shown = await post("/api/schedule/preview", { ...asking, ...of });
    if (mine !== asked) return;
    clearProblems(form);
    drawForecast(shown, form.elements.timezone.value, !edited);
  } catch (problem) {
    if (mine !== asked) return;
    clearForecast();
    if (problem.status === 422) showProblem(form, problem);
    else report(problem);
  }
}

/** Somebody who has yet to word their prompt wants to see the times all the same. */
const askable = (said) => (said.customPrompt === "" ? { ...said, promptType: "auto" } : said);

function save() {
  const wished = wish(edited?.settings);
  if (edited) return post("/api/schedule/update", { scheduleId: edited.id, revision: edited.revision, ...wished });
  const body = JSON.stringify(wished); // sent again unchanged, e.g. after a lost answer, it must not make a second one
  if (attempt.body !== body) attempt = { body, key: newKey() };
  return post("/api/schedule/create", wished, attempt.key);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "frequency" || event.target.name === "promptType") choose();
  if (event.target.name === "quality") drawModels();
  if (event.target.name === "contentType") drawTargets();
  if (event.target.name === "targets" || event.target.name === "mode") chooseConsent();
  clearTimeout(waiting);
  waiting = setTimeout(preview, PATIENCE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter ?? $("button:not([type])", form), async () => {
    try {
      await save();
    } catch (problem) {
      showProblem(form, problem);
      if (problem.code === "revision_conflict") {
        dialog.close();
        await whenSaved();
      }
      return;
    }
    attempt = { body: "", key: "" };
    dialog.close();
    toast(say("saved"));
    await whenSaved();
  });
});

dialog.addEventListener("close", () => {
  clearTimeout(waiting);
  asked += 1;
});
