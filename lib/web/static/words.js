// What the page says, in the language of its reader.
import enPublishing from "/english-publishing.js";
import en from "/english.js";
import koPublishing from "/korean-publishing.js";
import ko from "/korean.js";

const WORDS = { en: { ...en, ...enPublishing }, ko: { ...ko, ...koPublishing } };

const chosen = new URLSearchParams(location.search).get("lang") ?? navigator.language;
export let language = chosen.toLowerCase().startsWith("ko") ? "ko" : "en";

export function speak(name) {
  language = name;
}

/** The words for a key, with `{places}` filled in. */
export function say(key, places = {}) {
  return fillIn(WORDS[language][key], places);
}

const fillIn = (words, places) => words.replace(/\{(\w+)\}/g, (_, place) => places[place] ?? "");

/** One of a group, e.g. `sayOne("status", "active")`; the name itself if it has no words. */
export const sayOne = (group, name, places = {}) => fillIn(WORDS[language][group][name] ?? name, places);

export const options = (group) => Object.entries(WORDS[language][group]);

export function translate(root = document) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const select of root.querySelectorAll("[data-options]")) {
    const before = select.value;
    select.replaceChildren(...options(select.dataset.options).map(([value, text]) => new Option(text, value)));
    if (before) select.value = before;
  }
}

/** A moment in a zone, e.g. "Mon, Nov 23, 09:00". */
export function when(instant, timeZone) {
  return new Intl.DateTimeFormat(language, {
    weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone,
  }).format(new Date(instant));
}

/** How far away, e.g. "in 3 hours". */
export function distance(instant, now = Date.now()) {
  const seconds = (new Date(instant) - now) / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]
    .find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** A day, e.g. "October 3, 2026"; `day` is a date without a time. */
export const dayOf = (day) =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));

export const money = (micros) =>
  new Intl.NumberFormat(language, {
    style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: 0 < micros && micros < 1e5 ? 4 : 2,
  }).format(micros / 1e6);

/** Which limit on money had no room, and until when, if ever; for one run, or for `n` of them. */
export const limitMet = ({ cap, limitMicroUsd, turnsAt }, { timeZone, n } = {}) => {
  const words = !turnsAt ? "capTooSmall" : n ? "capReached" : "reached";
  return say(words, { cap: sayOne("caps", cap), limit: money(limitMicroUsd), when: turnsAt && when(turnsAt, timeZone), n });
};

/** Money as people type it into a field, and back; an empty field is null. */
export const dollars = (micros) => (micros === null || micros === undefined ? "" : String(micros / 1e6));
export const micros = (dollars) => (dollars === "" ? null : Math.round(Number(dollars) * 1e6));

/** Lengths of time as the product tells them (PT1H30M) and as people type them; nothing at all is 0. */
export function minutes(duration) {
  const [, days, hours, minutes] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?$/.exec(duration ?? "PT0S").map(Number);
  return (days || 0) * 1440 + (hours || 0) * 60 + (minutes || 0);
}
export const duration = (minutes) => `PT${minutes}M`;
