// When an account may publish, in words, and in the lines of a form.
import { language, minutes, say } from "/words.js";

/** Nothing for an account that may always. */
export function paceOf({ spacing, cadence }) {
  const apart = minutes(spacing);
  const quiet = cadence.quietHours ?? [];
  const dates = daysOf(cadence.blackoutDates ?? []);
  return [
    apart > 0 && say("spaced", { n: apart }),
    ...quiet.map(({ from, to, days }) => say(days?.length ? "quietOn" : "quiet", { from, to, days: (days ?? []).map(weekday).join(", ") })),
    dates.length > 0 && say("blackout", { days: dates.join(", ") }),
    (quiet.length > 0 || dates.length > 0) && (cadence.timezone ?? "UTC"),
  ].filter(Boolean).join(" · ");
}

/** Days on which nothing goes out, one a line: `2026-12-25`, or `2026-12-24 – 2026-12-26`. */
export const daysOf = (dates) => dates.map((date) => (typeof date === "string" ? date : `${date.from} – ${date.to}`));

/** And back; what is no date is left as it is, for the product to refuse. */
export function readDay(line) {
  const [from, to] = line.match(/\d{4}-\d{2}-\d{2}/g) ?? [];
  if (!from) return line;
  return to ? { from, to } : from;
}

/** 1 is Monday, as of June 1, 2026. */
const weekday = (number) => new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2026, 5, number));
