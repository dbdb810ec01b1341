// Making and changing a schedule, with what it would do shown while it is written.
import { newKey, post } from "/api.js";
import { $, busy, clearProblems, report, showProblem, toast } from "/page.js";
import { language, money, say, translate, when } from "/words.js";

const PATIENCE = 350;
const RULE = ["frequency", "timeOfDay", "weekday", "dayOfMonth", "rrule", "timezone"];
const SETTINGS = ["promptType", "topic", "customPrompt", "voice", "audience", "language"];
const dialog = $("#editor");
const form = $("#wish");

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
  fill(schedule ?? starting());
  choose();
  dialog.showModal();
  form.elements.name.focus();
  preview();
}

function starting() {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { contentType: "x_post", frequency: "3hours", timeOfDay: "09:00", timezone, settings: { language } };
}

function fill(schedule) {
  for (const name of ["name", "contentType", ...RULE]) {
    if (schedule[name] !== undefined && schedule[name] !== null) form.elements[name].value = schedule[name];
  }
  for (const name of SETTINGS) {
    if (schedule.settings[name] !== undefined) form.elements[name].value = schedule.settings[name];
  }
  if (!$("#zones").children.length) {
    $("#zones").append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone)));
  }
}

/** Only the fields that mean something with the chosen frequency and prompt are there. */
function choose() {
  const frequency = form.elements.frequency.value;
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(frequency);
  }
  for (const label of form.querySelectorAll("[data-prompt]")) {
    label.hidden = label.dataset.prompt !== form.elements.promptType.value;
  }
}

const value = (name) => {
  const input = form.elements[name];
  if (input.closest("label").hidden || input.value === "") return null;
  return name === "weekday" || name === "dayOfMonth" ? Number(input.value) : input.value;
};

const rule = () => Object.fromEntries(RULE.map((name) => [name, value(name)]));

function settings() {
  const said = SETTINGS.map((name) => [name, value(name)]).filter(([, text]) => text !== null);
  return { ...edited?.settings, ...Object.fromEntries(SETTINGS.map((name) => [name, ""])), ...Object.fromEntries(said) };
}

async function preview() {
  const mine = ++asked;
  try {
    const shown = await post("/api/schedule/preview", { ...rule(), contentType: value("contentType"), n: 5 });
    if (mine !== asked) return;
    clearProblems(form);
    draw(shown);
  } catch (problem) {
    if (mine !== asked) return;
    clear();
    if (problem.status === 422) showProblem(form, problem);
    else report(problem);
  }
}

function clear() {
  $("#sentence").textContent = "";
  $("#occurrences").replaceChildren();
  $("#forecast").textContent = "";
}

function draw({ sentence, occurrences, cost, quota }) {
  $("#sentence").textContent = sentence[language];
  $("#occurrences").replaceChildren(...occurrences.map(({ at, note }) => {
    const item = document.createElement("li");
    item.textContent = when(at, form.elements.timezone.value);
    if (note) item.append(Object.assign(document.createElement("small"), { textContent: note[language] }));
    return item;
  }));
  const told = say("forecast", {
    run: money(cost.typicalRunMicroUsd), month: money(cost.typicalMonthMicroUsd),
    day: quota.runsADay, limit: quota.limits.runsADay,
  });
  const bears = edited ? quota.runsADay <= quota.limits.runsADay : quota.fits;
  $("#forecast").textContent = bears ? told : `${told} · ${say("tooMuch")}`;
}

function save() {
  const wish = { name: value("name") ?? "", contentType: value("contentType"), ...rule(), settings: settings() };
  if (edited) return post("/api/schedule/update", { scheduleId: edited.id, revision: edited.revision, ...wish });
  const body = JSON.stringify(wish); // sent again unchanged, e.g. after a lost answer, it must not make a second one
  if (attempt.body !== body) attempt = { body, key: newKey() };
  return post("/api/schedule/create", wish, attempt.key);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "frequency" || event.target.name === "promptType") choose();
  if (event.target.name === "frequency" && value("dayOfMonth") === null && !form.elements.dayOfMonth.closest("label").hidden) {
    form.elements.dayOfMonth.value = new Date().getDate();
  }
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
