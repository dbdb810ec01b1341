// The stop button: everything of the workspace stands still, and goes on.
import { get, post } from "/api.js";
import { ask } from "/ask.js";
import { $, busy, changed, showProblem, toast } from "/page.js";
import { duration, say, translate, when } from "/words.js";

const dialog = $("#going-on");
const form = $("#held");
let isAllowed = false;

export function drawStop({ pausedAt, role }) {
  isAllowed = role ? role !== "viewer" : isAllowed;
  $("#stop").hidden = Boolean(pausedAt) || !isAllowed;
  $("#stopped").hidden = !pausedAt;
  $("#go-on").hidden = !isAllowed;
  const words = pausedAt ? say("stopped", { when: when(pausedAt) }) : "";
  if ($("#stopped span").textContent !== words) $("#stopped span").textContent = words; // said again, it is read out again
}

function drawSpread() {
  $("#spread").hidden = form.elements.held.value !== "spread";
}

$("#stop").addEventListener("click", () => {
  ask({ title: say("stopTitle"), words: say("stopWords"), yes: say("stop") }, async () => {
    const { workspace } = await post("/api/workspace/stop", {});
    drawStop(workspace);
    changed();
    return () => $("#go-on").focus();
  });
});

$("#go-on").addEventListener("click", (event) => busy(event.target, async () => {
  const held = await get("/api/workspace/held");
  form.reset();
  translate(form);
  drawSpread();
  $("#held-count").textContent = say("heldCount", held);
  dialog.showModal();
}));

form.addEventListener("change", drawSpread);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy($("button:not([type])", form), async () => {
    const held = form.elements.held.value;
    const spread = held === "spread" ? { spread: duration(Number(form.elements.spread.value) || 0) } : {};
    let wentOn;
    try {
      wentOn = await post("/api/workspace/resume", { held, ...spread });
    } catch (problem) {
      return showProblem(form, problem);
    }
    dialog.close();
    toast(say("wentOn", wentOn));
    drawStop(wentOn.workspace);
    changed();
    $("#stop").focus();
  });
});
