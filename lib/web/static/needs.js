// What needs a person, above the schedules: how much of each, and the way to it.
import { openAccounts } from "/accounts.js";
import { openLetters } from "/letters.js";
import { $, busy, element } from "/page.js";
import { accounts, isLost } from "/places.js";
import { openReview } from "/review.js";
import { openSettling } from "/settling.js";
import { language, say, sayOne } from "/words.js";

const MOST_COUNTED = 100;
const section = $("#needs");
let told = "";
let names = new Map();

const OPENERS = { texts: () => openReview(names), decide: openSettling, letters: openLetters, accounts: openAccounts };

/** `usage` is the workspace's, `schedules` those that are shown. Unchanged, nothing is drawn: the keyboard stays. */
export function drawNeeds(usage, schedules) {
  names = new Map(schedules.map(({ id, name }) => [id, name]));
  const counts = {
    texts: usage.needsReview + usage.pendingApproval,
    decide: usage.toDecide,
    letters: usage.deadLetters,
    accounts: accounts.filter(isLost).length,
  };
  const telling = JSON.stringify([language, counts]);
  if (told === telling) return;
  told = telling;
  const focused = document.activeElement?.closest("#needs li")?.dataset.needs;
  const rows = Object.entries(counts).filter(([, n]) => n > 0).map(([need, n]) => row(need, n));
  $("ul", section).replaceChildren(...rows);
  section.hidden = !rows.length;
  if (focused) ($(`[data-needs="${focused}"] button`, section) ?? $("#new")).focus();
}

function row(need, n) {
  const button = element("button", { type: "button", className: "quiet", textContent: say("show") });
  const words = element("span", { textContent: sayOne("needs", need, { n: n < MOST_COUNTED ? n : `${MOST_COUNTED}+` }) });
  const item = element("li", { className: "panel row spread" }, words, button);
  words.id = `need-${need}`;
  button.setAttribute("aria-describedby", words.id);
  item.dataset.needs = need;
  button.addEventListener("click", () => busy(button, OPENERS[need]));
  return item;
}
