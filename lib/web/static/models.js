// Which models write: those that were ticked, in the order of ticking, then those of the quality.
import { get } from "/api.js";
import { $, report } from "/page.js";
import { say, when } from "/words.js";

let known = { quality: {}, models: [] };
let chosen = [];

export const chosenModels = () => chosen;

/** Show the choice with these ticked; models that are not set up any more stay until somebody takes them out. */
export async function openModels(ticked = []) {
  chosen = [...ticked];
  drawModels();
  try {
    known = await get("/api/models");
    drawModels();
  } catch (problem) {
    report(problem);
  }
}

export function drawModels() {
  const standing = new Map(known.models.map((model) => [model.model, model]));
  const names = [...new Set([...standing.keys(), ...chosen])];
  $("#models").replaceChildren(...names.map((name) => choice(name, standing.get(name))));
  const usual = known.quality[$("#wish").elements.quality.value] ?? [];
  const order = [...new Set([...chosen.filter((name) => standing.has(name)), ...usual])];
  $("#model-order").textContent = order.length ? say("modelOrder", { models: order.join(" → ") }) : say("noModels");
}

function choice(name, standing) {
  const label = Object.assign(document.createElement("label"), { className: "choice" });
  const box = Object.assign(document.createElement("input"), {
    type: "checkbox", name: "models", value: name, checked: chosen.includes(name),
  });
  box.addEventListener("change", () => {
    chosen = box.checked ? [...chosen, name] : chosen.filter((it) => it !== name);
    drawModels();
    $(`input[value="${name}"]`, $("#models"))?.focus();
  });
  label.append(box, Object.assign(document.createElement("span"), { textContent: name }));
  const remark = remarkOn(standing);
  if (remark) label.append(Object.assign(document.createElement("small"), { textContent: remark }));
  return label;
}

function remarkOn(standing) {
  if (!standing) return say("missingModel");
  return standing.state === "open" && standing.openUntil ? say("restingModel", { when: when(standing.openUntil) }) : "";
}
