// What a schedule did: each run, why it ended as it did, and what it wrote.
import { get } from "/api.js";
import { $, busy, report, stamp, toast } from "/page.js";
import { money, say, sayOne, when } from "/words.js";

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
  if (!$("#runs").children.length) $("#runs").append(paragraph(say("noRuns"), "dim"));
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
    run.costMicroUsd > 0 && money(run.costMicroUsd),
  ].filter(Boolean).join(" · ");
  const details = $("details", item);
  details.addEventListener("toggle", () => details.open && open(run, $(".contents", item)).catch(report), { once: true });
  return item;
}

async function open({ id }, place) {
  const { run } = await get(`/api/runs/${id}`);
  place.replaceChildren(...run.contents.flatMap(text));
  if (run.errors.length) place.append(...run.errors.map(({ attempt, message }) => paragraph(`${attempt}. ${message}`, "dim")));
  if (!place.children.length) place.append(paragraph(sayOne("reason", run.reason ?? run.status), "dim"));
}

function text(content) {
  const parts = content.segments ?? [content.body];
  const whole = [content.title, ...parts].filter(Boolean).join("\n\n");
  const copy = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: say("copy") });
  copy.addEventListener("click", () =>
    busy(copy, async () => {
      await navigator.clipboard.writeText(whole);
      toast(say("copied"));
    }),
  );
  const title = content.title ? [Object.assign(document.createElement("h3"), { textContent: content.title })] : [];
  const bodies = parts.map((part) => Object.assign(document.createElement("pre"), { textContent: part }));
  return [...title, ...bodies, paragraph(say("words", { n: content.wordCount }), "dim"), copy];
}

const paragraph = (textContent, className) => Object.assign(document.createElement("p"), { textContent, className });

$("#more-runs").addEventListener("click", (event) => busy(event.target, readMore));
