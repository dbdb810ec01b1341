// The workspace above its schedules: what is used of its plan, its own limits on money, and what is out of order.
import { get, post } from "/api.js";
import { $, busy, clearProblems, showProblem, stamp, toast } from "/page.js";
import { dollars, language, limitMet, micros, money, say, sayOne, translate } from "/words.js";

const dialog = $("#spending");
const form = $("#caps");
// What the others are about is told above, as long as it is so.
const TOLD_HERE = ["budget_tripped", "model_misconfigured"];
const CAPS = ["dailyCostCapMicroUsd", "monthlyCostCapMicroUsd"];
let workspace = null;
let whenChanged = () => {};
let told = ""; // the alerts that are shown: drawn again unchanged they would take the keyboard's place away

/** `changed` is called after something was changed here. */
export async function drawWorkspace(found, changed) {
  workspace = found;
  whenChanged = changed;
  drawPlan(found);
  const { alerts } = await get("/api/alerts?limit=100");
  const open = alerts.filter(({ kind, resolvedAt }) => !resolvedAt && TOLD_HERE.includes(kind));
  const telling = JSON.stringify([language, open]);
  if (told !== telling) $("#alerts").replaceChildren(...open.map(alertCard));
  told = telling;
}

function drawPlan({ plan, limits, usage, role }) {
  $("#plan").textContent = [
    say("plan", {
      plan, schedules: usage.schedules, maxSchedules: limits.maxSchedules, texts: usage.runsToday, maxTexts: limits.runsADay,
    }),
    say("money", {
      today: money(usage.costTodayMicroUsd), dayLimit: money(lower("daily")),
      month: money(usage.costMonthMicroUsd), monthLimit: money(lower("monthly")),
    }),
  ].join(" · ");
  $("#limits").hidden = role !== "owner";
}

/** The plan's limit or the workspace's own, whichever is reached first. */
function lower(period) {
  const own = workspace[`${period}CostCapMicroUsd`];
  return Math.min(workspace.limits[`${period}CostMicroUsd`], own ?? Infinity);
}

function alertCard({ id, kind, subject, count, details }) {
  const item = stamp("alert-card");
  translate(item);
  $("span", item).textContent = details.cap ? limitMet(details, { n: count }) : `${sayOne("alerts", kind)}: ${subject}`;
  const button = $("button", item);
  button.addEventListener("click", () => busy(button, async () => {
    await post("/api/alert/resolve", { alertId: id });
    item.remove();
    $("#new").focus();
  }));
  return item;
}

$("#limits").addEventListener("click", () => {
  clearProblems(form);
  for (const name of CAPS) form.elements[name].value = dollars(workspace[name]);
  dialog.showModal();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter, async () => {
    const caps = Object.fromEntries(CAPS.map((name) => [name, micros(form.elements[name].value)]));
    try {
      await post("/api/workspace/caps", { workspaceId: workspace.id, ...caps });
    } catch (problem) {
      return showProblem(form, problem);
    }
    dialog.close();
    toast(say("saved"));
    await whenChanged();
  });
});
