// What a schedule would do and cost, shown while it is written.
import { $ } from "/page.js";
import { dayOf, language, money, say, when } from "/words.js";

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

function listed({ at, note }, timezone) {
  const item = document.createElement("li");
  item.textContent = when(at, timezone);
  if (note) item.append(Object.assign(document.createElement("small"), { textContent: note[language] }));
  return item;
}
