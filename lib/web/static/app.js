// The page: who is signed in decides whether the door or the board is shown.
import { call, get } from "/api.js";
import { closeBoard, openBoard, refresh } from "/board.js";
import { openNamed } from "/landing.js";
import { $, busy, report, showProblem, toast } from "/page.js";
import { tellReturn } from "/returned.js";
import { language, say, speak, translate } from "/words.js";

let session = null;

function show() {
  translate();
  $("#language").textContent = language === "ko" ? "English" : "한국어";
  $("#who").textContent = session?.email ?? "";
  $("#sign-out").hidden = !session;
  $("#door").hidden = Boolean(session);
  $("#board").hidden = !session;
}

async function enter(found) {
  session = found;
  show();
  if (session) {
    await openBoard(leave);
    tellReturn();
    openNamed().catch(report);
  }
  else $("#sign-in").elements.email.focus();
}

function leave() {
  closeBoard();
  enter(null);
}

$("#sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { email, password } = Object.fromEntries(new FormData(form));
  await busy(event.submitter, async () => {
    try {
      const answer = await call("POST", `/api/${event.submitter.value}`, { email, password });
      form.reset();
      if ("isConfirmed" in answer && !answer.isConfirmed) return toast(say("confirmMail"));
      await enter(answer.session ?? answer);
    } catch (refused) {
      showProblem(form, refused);
    }
  });
});

$("#sign-out").addEventListener("click", (event) =>
  busy(event.target, async () => {
    await call("DELETE", "/api/session");
    leave();
  }),
);

$("#language").addEventListener("click", () => {
  speak(language === "ko" ? "en" : "ko");
  show();
  if (session) refresh();
});

translate();
get("/api/session").then(enter, () => enter(null));
