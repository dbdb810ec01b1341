// What a schedule would do and cost, shown while it is written.
import { $, element } from "/page.js";
import { nameOf } from "/places.js";
import { dayOf, language, money, say, sayOne, when } from "/words.js";

export function clearForecast() {
  for (const place of ["#sentence", "#forecast", "#forecast-basis"]) $(place).textContent = "";
  $("#occurrences").replaceChildren();
}

/** `isNew`: the schedule is not among those that the plan counts yet. */
export function drawForecast({ sentence, occurrences, cost, quota }, timezone, isNew) {
  $("#sentence").textContent = sentence[language];
  $("#occurrences").replaceChildren(...occurrences.map((occurrence) => listed(occurrence, timezone)));
  const endsOn = isNew ? cost.endsOn : null; // of a schedule that runs already the last week's pace holds its share
  const bears = isNew ? quota.fits : quota.textsADay <= quota.limits.runsADay;
  $("#forecast").textContent = [
    say("forecast", {
      run: money(cost.typicalRunMicroUsd), month: money(cost.typicalMonthMicroUsd),
      texts: quota.textsADay, limit: quota.limits.runsADay,
    }),
    endsOn && say("endsOn", { date: dayOf(endsOn) }),
    !bears && say("tooMuch"),
  ].filter(Boolean).join(" · ");
  $("#forecast").classList.toggle("warning", !bears || Boolean(endsOn));
  $("#forecast-basis").textContent = cost.basis === "measured" ? say("measured", { n: cost.measuredTexts }) : say("typical");
}

function listed({ at, note, goesOut, approveBy }, timezone) {
  const item = element("li", { textContent: when(at, timezone) });
  const remark = (textContent, className = "") => item.append(element("small", { textContent, className }));
  if (note) remark(note[language], "warning");
  if (approveBy) remark(say("decideBy", { when: when(approveBy, timezone) }));
  for (const id of new Set(goesOut.map(({ accountId }) => accountId))) {
    const there = goesOut.filter(({ accountId }) => accountId === id);
    remark(going(nameOf(id), there, timezone), there[0].movedBy.length ? "warning" : "");
  }
  return item;
}

/** When the texts of a run go out at one account, and why the first is not on time. */
function going(account, [{ at, movedBy }, ...others], timezone) {
  const time = when(at, timezone);
  const why = movedBy.map((reason) => sayOne("moved", reason)).join(", ");
  const told = why ? say("movedBy", { time, why }) : time;
  return say(others.length ? "goesToMore" : "goesTo", { account, when: told, n: others.length });
}
