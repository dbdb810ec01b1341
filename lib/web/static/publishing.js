// Publishing a text by hand: where to, and not before when.
import { get, post } from "/api.js";
import { $, busy, changed, clearProblems, showProblem, toast } from "/page.js";
import { loadAccounts, loadPlatforms } from "/places.js";
import { boxes, tickedIn } from "/targets.js";
import { say, translate } from "/words.js";

const dialog = $("#publish");
const form = $("#publish-wish");
let content = null;
let redraw = () => {};

/** The targets of its schedule are ticked. `published` is called with the text as it is then. */
export async function openPublishing(of, published) {
  content = of;
  redraw = published;
  const [{ schedule }] = await Promise.all([get(`/api/schedules/${of.scheduleId}`), loadAccounts(), loadPlatforms()]);
  form.reset();
  clearProblems(form);
  translate(form);
  const shown = boxes("accountIds", of.kind, schedule.settings.targets ?? []);
  $("#publish-to").replaceChildren(...shown);
  if (!shown.length) $("#publish-to").textContent = say("noTargets");
  $("button:not([type])", form).disabled = !shown.length;
  dialog.showModal();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy($("button:not([type])", form), async () => {
    const at = form.elements.publishAt.value;
    const accountIds = tickedIn($("#publish-to"));
    let answer;
    try {
      answer = await post("/api/publication/create", {
        contentId: content.id, accountIds, publishAt: at ? new Date(at).toISOString() : null,
      });
    } catch (problem) {
      return showProblem(form, problem);
    }
    dialog.close();
    toast(say("publishing"));
    redraw(answer.content);
    changed();
  });
});
