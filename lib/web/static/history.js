// What a schedule did: each run, why it ended as it did, what it wrote and which models it asked.
import { get } from "/api.js";
import { textCard } from "/content.js";
import { $, busy, element, paragraph, report, stamp } from "/page.js";
import { limitMet, money, say, sayOne, when } from "/words.js";

const dialog = $("#history");
let schedule = null;
let cursor = null;

/** `runId` is opened at once. */
export async function openHistory(of, runId = null) {
  schedule = of;
  cursor = null;
  $("#history-title").textContent = `${of.name} · ${say("history")}`;
  $("#runs").replaceChildren();
  await readMore();
  if (!dialog.open) dialog.showModal();
  const opened = runId && document.getElementById(`run-${runId}`);
  if (opened) $("details", opened).open = true;
}

async function readMore() {
  const page = await get(`/api/schedules/${schedule.id}/runs?limit=20${cursor ? `&cursor=${cursor}` : ""}`);
  cursor = page.nextCursor;
  $("#runs").append(...page.runs.map(card));
  $("#more-runs").hidden = !cursor;
  if (!$("#runs").children.length) $("#runs").append(paragraph(say("noRuns")));
}

function card(run) {
  const item = stamp("run-card");
  item.id = `run-${run.id}`;
  const time = $("time", item);
  time.dateTime = run.dueAt ?? run.createdAt;
  time.textContent = when(time.dateTime, schedule.timezone);
  $(".badge", item).textContent = sayOne("status", run.status);
  $(".badge", item).dataset.is = run.status;
  $(".why", item).textContent = [
    run.trigger === "manual" && say("byHand"),
    run.reason && sayOne("reason", run.reason),
    run.itemsFailed > 0 && say("partly", { n: run.itemCount - run.itemsFailed, count: run.itemCount }),
    run.costMicroUsd > 0 && money(run.costMicroUsd),
  ].filter(Boolean).join(" · ");
  const details = $("details", item);
  details.addEventListener("toggle", () => details.open && open(run, $(".contents", item)).catch(report), { once: true });
  return item;
}

async function open({ id }, place) {
  const { run } = await get(`/api/runs/${id}`);
  const caption = ({ item }) => (run.itemCount > 1 ? say("textOf", { n: item + 1, count: run.itemCount }) : "");
  place.replaceChildren(...run.contents.map((content) => textCard(content, caption(content))));
  place.append(...run.errors.map((error) => paragraph(told(error))));
  if (run.modelAttempts.length) place.append(calls(run.modelAttempts));
  if (!place.children.length) place.append(paragraph(sayOne("reason", run.reason ?? run.status)));
}

function told(error) {
  const { attempt, message, limitMicroUsd } = error;
  if (limitMicroUsd === null) return attempt ? `${attempt}. ${message}` : message;
  return limitMet(error, { timeZone: schedule.timezone });
}

function calls(attempts) {
  const summary = element("summary", { textContent: say("calls", { n: attempts.length }) });
  const list = element("ol", {}, ...attempts.map((attempt) => element("li", { textContent: call(attempt) })));
  return element("details", { className: "dim" }, summary, list);
}

const STEPS = { 1: "rewritten", 2: "judged" }; // of step 0, the draft, nothing is said

function call({ model, outcome, step, latencyMs, costMicroUsd }) {
  const what = [sayOne("outcomes", outcome), STEPS[step] && say(STEPS[step])].filter(Boolean).join(", ");
  return say("call", { model, outcome: what, seconds: (latencyMs / 1000).toFixed(1), cost: money(costMicroUsd) });
}

$("#more-runs").addEventListener("click", (event) => busy(event.target, readMore));
