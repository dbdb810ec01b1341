// When an account may publish: spacing, quiet hours, days without posts.
import { post } from "/api.js";
import { daysOf, readDay } from "/pace.js";
import { $, busy, changed, clearProblems, element, showProblem, toast } from "/page.js";
import { duration, minutes, options, say, translate } from "/words.js";
import { lines, offerZones } from "/wish.js";

const dialog = $("#cadence");
const form = $("#pace");
let account = null;
let whenSaved = () => {};

/** `saved` is called with the account as it is then. */
export function openCadence(of, saved) {
  account = of;
  whenSaved = saved;
  const { cadence } = account;
  clearProblems(form);
  translate(form);
  offerZones();
  $("#cadence-title").textContent = say("cadenceOf", account);
  form.elements.name.value = account.name;
  form.elements.spacing.value = minutes(account.spacing);
  form.elements.timezone.value = cadence.timezone ?? usualZone(cadence);
  form.elements.blackoutDates.value = daysOf(cadence.blackoutDates ?? []).join("\n");
  $("#quiet-hours").replaceChildren(...(cadence.quietHours ?? []).map(row));
  dialog.showModal();
  form.elements.spacing.focus();
}

/** Of a cadence that says something, no zone is UTC; for a new one the reader's is the likeliest. */
const usualZone = ({ quietHours, blackoutDates }) =>
  quietHours?.length || blackoutDates?.length ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;

function row({ from = "22:00", to = "08:00", days = [] } = {}) {
  const time = (name, value, words) =>
    element("label", {}, element("span", { textContent: say(words) }), element("input", { type: "time", name, value, required: true }));
  const out = element("button", { type: "button", className: "quiet small", textContent: say("takeOut") });
  const made = element("div", { className: "quiet-row" },
    element("div", { className: "row" }, time("quietFrom", from, "from"), time("quietTo", to, "until"), out), weekdays(days ?? []));
  out.addEventListener("click", () => {
    made.remove();
    $("#add-quiet").focus();
  });
  return made;
}

function weekdays(ticked) {
  const boxes = options("weekdays").map(([value, name]) => element("label", { className: "choice" },
    element("input", { type: "checkbox", name: "quietDay", value, checked: ticked.includes(Number(value)) }),
    element("span", { textContent: name })));
  const group = element("div", { className: "row days" }, element("small", { textContent: say("onDays") }), ...boxes);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", say("onDays"));
  return group;
}

function read() {
  const quietHours = [...$("#quiet-hours").children].map((place) => {
    const days = [...place.querySelectorAll("[name=quietDay]:checked")].map(({ value }) => Number(value));
    return { from: $("[name=quietFrom]", place).value, to: $("[name=quietTo]", place).value, ...(days.length && { days }) };
  });
  const blackoutDates = lines(form, "blackoutDates").map(readDay);
  const timezone = form.elements.timezone.value || "UTC";
  return { timezone, quietHours, blackoutDates };
}

$("#add-quiet").addEventListener("click", () => {
  const added = row();
  $("#quiet-hours").append(added);
  $("input", added).focus();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy($("button:not([type])", form), async () => {
    const wish = { accountId: account.id, cadence: read(), spacing: duration(Number(form.elements.spacing.value) || 0) };
    let answer;
    try {
      answer = await post("/api/account/update", { ...wish, name: form.elements.name.value });
    } catch (problem) {
      return showProblem(form, problem.field?.startsWith("cadence.quietHours") ? Object.assign(problem, { field: "quietFrom" }) : problem);
    }
    dialog.close();
    toast(say("saved"));
    changed();
    await whenSaved(answer.account);
  });
});
