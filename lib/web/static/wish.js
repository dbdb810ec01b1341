// The editor's form: a schedule written into it, and a wish read out of it.
import { consent, lead } from "/consent.js";
import { chosenModels } from "/models.js";
import { $ } from "/page.js";
import { dollars, micros } from "/words.js";

export const form = $("#wish");
const RULE = ["frequency", "timeOfDay", "weekday", "dayOfMonth", "rrule", "timezone"];
const TEXTS = ["promptType", "topic", "customPrompt", "voice", "audience", "language", "quality"];
const LINES = ["neverSay", "links"];
const CAPS = ["dailyCostCapMicroUsd", "monthlyCostCapMicroUsd"];
const NUMBERS = ["weekday", "dayOfMonth", "count"];

export function fill(schedule) {
  const { elements } = form;
  for (const name of ["name", "contentType", ...RULE]) {
    if (schedule[name] !== undefined && schedule[name] !== null) elements[name].value = schedule[name];
  }
  for (const name of TEXTS) {
    if (schedule.settings[name] !== undefined) elements[name].value = schedule.settings[name];
  }
  for (const name of LINES) elements[name].value = (schedule.settings[name] ?? []).join("\n");
  for (const name of CAPS) elements[name].value = dollars(schedule[name]);
  elements.count.value = schedule.settings.count ?? 1;
  offerZones();
}

/** The time zones that fields of that name suggest. */
export function offerZones() {
  if ($("#zones").children.length) return;
  $("#zones").append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone)));
}

/** Only the fields that mean something with the chosen frequency and prompt are there. */
export function choose() {
  const frequency = form.elements.frequency.value;
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(frequency);
  }
  for (const label of form.querySelectorAll("[data-prompt]")) {
    label.hidden = label.dataset.prompt !== form.elements.promptType.value;
  }
  if (value("dayOfMonth") === null && !form.elements.dayOfMonth.closest("label").hidden) {
    form.elements.dayOfMonth.value = new Date().getDate();
  }
}

export const value = (name) => {
  const input = form.elements[name];
  if (input.closest("[hidden]") || input.value === "") return null;
  return NUMBERS.includes(name) ? Number(input.value) : input.value;
};

export const lines = (from, name) => from.elements[name].value.split("\n").map((line) => line.trim()).filter(Boolean);
const fields = (names, read) => Object.fromEntries(names.map((name) => [name, read(name)]));

export const rule = () => fields(RULE, value);

/** `kept` are the settings of the schedule that is changed: what this form does not show stays. */
export function settings(kept = {}) {
  return {
    ...kept, ...fields(TEXTS, (name) => value(name) ?? ""), ...fields(LINES, (name) => lines(form, name)),
    count: value("count") ?? 1, models: chosenModels(), ...consent(),
  };
}

export const wish = (kept) => ({
  name: value("name") ?? "", contentType: value("contentType"), ...rule(), settings: settings(kept), ...lead(),
  ...fields(CAPS, (name) => micros(form.elements[name].value)),
});
