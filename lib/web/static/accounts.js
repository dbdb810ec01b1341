// The accounts: whether each works, what waits in its line, and what can be done with it.
import { get, post } from "/api.js";
import { ask } from "/ask.js";
import { openCadence } from "/cadence.js";
import { openConnecting } from "/connecting.js";
import { $, busy, changed, report, stamp, swap, toast } from "/page.js";
import { isLost, loadAccounts, loadPlatforms, platforms } from "/places.js";
import { paceOf } from "/pace.js";
import { distance, say, sayOne, translate, when } from "/words.js";

const dialog = $("#accounts");
const MOST_COUNTED = 100;

export async function openAccounts() {
  await Promise.all([redraw(), loadPlatforms()]);
  if (!dialog.open) dialog.showModal();
}

/** `opened`: the id of the account whose card has the keyboard. */
async function redraw(opened = null) {
  const accounts = await loadAccounts();
  $("#account-list").replaceChildren(...accounts.map(card));
  $("#no-accounts").hidden = accounts.length > 0;
  if (opened) ($(`#account-${CSS.escape(opened)} button:not([hidden])`) ?? $("#connect-account")).focus();
}

function card(account) {
  const item = stamp("account-card");
  translate(item);
  item.id = `account-${account.id}`;
  $("h3", item).textContent = account.name;
  $(".badge", item).textContent = sayOne("accountStatus", account.status);
  $(".badge", item).dataset.is = account.status;
  $(".where", item).textContent = sayOne("platforms", account.platform);
  $(".why", item).textContent = account.statusReason ?? "";
  $(".pace", item).textContent = paceOf(account);
  $('[data-do="reconnect"]', item).hidden = !isLost(account);
  for (const button of item.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => busy(button, () => DEEDS[button.dataset.do](account, item)));
  }
  drawLine($(".line", item), account).catch(report);
  return item;
}

async function drawLine(place, { id, throttledUntil, lastPublishedAt }) {
  const { publications, nextCursor } = await get(`/api/publications?accountId=${id}&status=waiting&limit=${MOST_COUNTED}`);
  const next = publications.map((it) => it.readyAt ?? it.publishAt).sort((one, other) => new Date(one) - new Date(other))[0];
  const n = nextCursor ? `${MOST_COUNTED}+` : publications.length;
  place.textContent = [
    next ? say("line", { n, when: when(next) }) : say("lineEmpty"),
    throttledUntil && new Date(throttledUntil) > Date.now() && say("throttled", { when: when(throttledUntil) }),
    lastPublishedAt && say("lastOut", { last: distance(lastPublishedAt) }),
  ].filter(Boolean).join(" · ");
}

const DEEDS = {
  async reconnect(account) {
    if (platforms.get(account.platform)?.isAssisted) return DEEDS.test(account, $(`#account-${CSS.escape(account.id)}`));
    openConnecting(account, (fresh) => redraw(fresh.id));
  },
  async test(account, item) {
    try {
      const { account: fresh } = await post("/api/account/test", { accountId: account.id });
      swap(item, card(fresh));
      toast(say("works", account));
    } catch (problem) {
      if (problem.code !== "invalid") throw problem;
      await redraw(account.id); // it may say now that it has to be connected again
      toast(say("worksNot", { name: account.name, why: problem.said }));
    }
    changed();
  },
  cadence: async (account) => openCadence(account, (fresh) => redraw(fresh.id)),
  async remove(account) {
    ask({ title: say("removeTitle", account), words: say("removeWords"), yes: say("remove") }, async () => {
      await post("/api/account/remove", { accountId: account.id });
      changed();
      toast(say("removed", account));
      return () => redraw(account.id);
    });
  },
};

$("#show-accounts").addEventListener("click", (event) => busy(event.target, openAccounts));
$("#connect-account").addEventListener("click", (event) =>
  busy(event.target, () => openConnecting(null, (fresh) => redraw(fresh.id))),
);
