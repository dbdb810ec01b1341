// The schedules: what they are, when they run next, and what can be done with them.
import { get, newKey, post } from "/api.js";
import { openEditor } from "/editor.js";
import { openHistory } from "/history.js";
import { drawNeeds } from "/needs.js";
import { $, busy, report, stamp, toast } from "/page.js";
import { loadAccounts, nameOf } from "/places.js";
import { drawStop } from "/stop.js";
import { distance, language, say, sayOne, translate, when } from "/words.js";
import { drawWorkspace } from "/workspace.js";

const EVERY = 10_000;
let ticking = null;
let leaveBoard = () => {};
let shown = [];
let pages = 1;
const writing = new Set(); // ids of schedules that are run at this moment: a redrawn card must not offer it again

/** `leave` is called when the session is over. */
export async function openBoard(leave) {
  leaveBoard = leave;
  closeBoard();
  ticking = setInterval(() => document.visibilityState === "visible" && refresh(), EVERY);
  await refresh();
}

export function closeBoard() {
  clearInterval(ticking);
  pages = 1;
  shown = [];
}

export async function refresh() {
  try {
    const [{ workspaces: [workspace] }, found] = await Promise.all([get("/api/workspaces"), readPages(), loadAccounts()]);
    shown = found.schedules;
    draw(found.nextCursor);
    drawStop(workspace);
    drawNeeds(workspace.usage, shown);
    await drawWorkspace(workspace, refresh);
  } catch (problem) {
    if (problem.status === 401) leaveBoard();
    else report(problem);
  }
}

async function readPages() {
  const schedules = [];
  let nextCursor = null;
  for (let page = 0; page < pages && (page === 0 || nextCursor); page += 1) {
    const answer = await get(`/api/schedules?limit=20${nextCursor ? `&cursor=${nextCursor}` : ""}`);
    schedules.push(...answer.schedules);
    nextCursor = answer.nextCursor;
  }
  return { schedules, nextCursor };
}

function draw(nextCursor) {
  const focused = document.activeElement?.closest?.("#schedules [data-do]");
  const mark = focused && [focused.closest("li").id, focused.dataset.do];
  $("#schedules").replaceChildren(...shown.map(card));
  $("#empty").hidden = shown.length > 0;
  $("#more").hidden = !nextCursor;
  if (mark) $(`[data-do="${mark[1]}"]:not([hidden])`, document.getElementById(mark[0]) ?? undefined)?.focus();
}

function card(schedule) {
  const item = stamp("schedule-card");
  translate(item);
  item.id = `schedule-${schedule.id}`;
  $("h3", item).textContent = schedule.name;
  $(".badge", item).textContent = sayOne("status", schedule.status);
  $(".badge", item).dataset.is = schedule.status;
  $(".sentence", item).textContent =
    `${sayOne("contentTypes", schedule.contentType)} · ${schedule.sentence[language]}`;
  $(".next", item).textContent = nextRun(schedule);
  $(".goes", item).textContent = goesWhere(schedule.settings);
  $(".stats", item).textContent = say("stats", {
    n: schedule.totalGenerated,
    failed: schedule.totalFailed,
    last: schedule.lastRunAt ? distance(schedule.lastRunAt) : say("never"),
  });
  $('[data-do="pause"]', item).hidden = schedule.status !== "active";
  $('[data-do="resume"]', item).hidden = schedule.status !== "paused";
  if (writing.has(schedule.id)) Object.assign($('[data-do="run"]', item), { disabled: true, textContent: say("running") });
  for (const button of item.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => busy(button, () => DEEDS[button.dataset.do](schedule, button)));
  }
  return item;
}

function goesWhere({ targets = [] }) {
  const accounts = targets.map(nameOf).filter(Boolean);
  return accounts.length ? say("goesWhere", { accounts: accounts.join(", ") }) : "";
}

function nextRun({ nextRunAt, timezone, armed }) {
  if (!nextRunAt) return say("noNext");
  const at = `${when(nextRunAt, timezone)} (${distance(nextRunAt)})`;
  return `${say("next", { when: at })}${armed.isArmed ? "" : ` ${say("unarmed")}`}`;
}

const DEEDS = {
  async run(schedule, button) {
    writing.add(schedule.id);
    button.textContent = say("running");
    try {
      const { run } = await post("/api/schedule/run", { scheduleId: schedule.id }, newKey());
      await openHistory(schedule, run.id);
      toast(run.status === "succeeded" ? say("ran") : `${sayOne("status", run.status)}: ${sayOne("reason", run.reason)}`);
    } finally {
      writing.delete(schedule.id);
      await refresh();
    }
  },
  history: (schedule) => openHistory(schedule),
  edit: (schedule) => openEditor(schedule, refresh),
  async pause(schedule) {
    await post("/api/schedule/pause", { scheduleId: schedule.id });
    await refresh();
  },
  async resume(schedule) {
    await post("/api/schedule/resume", { scheduleId: schedule.id });
    await refresh();
  },
  async delete(schedule) {
    const named = { scheduleId: schedule.id };
    await post("/api/schedule/delete", named);
    toast(say("deleted", { name: schedule.name }), say("undo"), () =>
      post("/api/schedule/restore", named).then(refresh, report),
    );
    await refresh();
  },
};

document.addEventListener("changed", refresh);
$("#new").addEventListener("click", () => openEditor(null, refresh));
$("#more").addEventListener("click", (event) =>
  busy(event.target, async () => {
    pages += 1;
    await refresh();
  }),
);
