// For people without a login: the link's secret, behind the address's `#`, opens one text for one decision.
const WORDS = {
  en: {
    other: "한국어", title: "May this be published?", asked: "You were asked to read this text before it goes out.",
    note: "A note (optional)", noteHint: "For the people who asked you. It is never published.",
    approve: "Approve", reject: "Reject", again: "Try again", counted: "{n} posts, published as one thread",
    expires: "This link works once, until {when}.",
    publish: "If nobody has objected by {when}, it goes out.",
    skip: "If nobody has approved it by {when}, it does not go out.",
    loading: ["One moment …", ""],
    approved: ["Approved", "Thank you. It goes out as you have read it. You can close this page."],
    rejected: ["Rejected", "Thank you. It will not be published. You can close this page."],
    usedToApprove: ["This link was used", "It works once. With it the text was approved."],
    usedToReject: ["This link was used", "It works once. With it the text was rejected."],
    expired: ["This link has expired", "Nothing can be decided with it any more. Ask for a new one."],
    void: ["This link is not valid any more", "The text was changed since. If you are still needed, you get a new link."],
    decided: ["It is decided already", "Somebody else was first, or the time to decide is over. You need not do anything."],
    unknown: ["This link does not work", "Perhaps it was not copied as a whole. Open it from the mail again, or ask for a new one."],
    closed: ["Not available", "Links cannot be opened here at present."],
    offline: ["No connection", "Nothing was decided. Please try again."],
    broken: ["Something went wrong", "It is not sure whether your decision has arrived. Please try again: it counts once."],
  },
  ko: {
    other: "English", title: "이 글을 발행해도 될까요?", asked: "발행하기 전에 이 글을 읽어 봐 달라는 부탁입니다.",
    note: "메모 (선택)", noteHint: "부탁한 사람들에게 남기는 말입니다. 발행되지 않습니다.",
    approve: "승인", reject: "반려", again: "다시 시도", counted: "글 {n}개가 하나의 스레드로 발행됩니다",
    expires: "이 링크는 {when}까지, 한 번만 쓸 수 있습니다.",
    publish: "{when}까지 아무도 반려하지 않으면 발행됩니다.",
    skip: "{when}까지 아무도 승인하지 않으면 발행되지 않습니다.",
    loading: ["잠시만 기다려 주세요 …", ""],
    approved: ["승인했습니다", "고맙습니다. 읽으신 그대로 발행됩니다. 이 페이지를 닫으셔도 됩니다."],
    rejected: ["반려했습니다", "고맙습니다. 이 글은 발행되지 않습니다. 이 페이지를 닫으셔도 됩니다."],
    usedToApprove: ["이미 사용한 링크입니다", "한 번만 쓸 수 있는 링크이고, 이 링크로 글을 승인했습니다."],
    usedToReject: ["이미 사용한 링크입니다", "한 번만 쓸 수 있는 링크이고, 이 링크로 글을 반려했습니다."],
    expired: ["만료된 링크입니다", "더 이상 이 링크로 결정할 수 없습니다. 새 링크를 요청해 주세요."],
    void: ["더 이상 유효하지 않은 링크입니다", "그사이 글이 바뀌었습니다. 아직 확인이 필요하면 새 링크를 받게 됩니다."],
    decided: ["이미 결정되었습니다", "다른 사람이 먼저 결정했거나 결정할 시간이 지났습니다. 하실 일은 없습니다."],
    unknown: ["열 수 없는 링크입니다", "링크가 끝까지 복사되지 않았을 수 있습니다. 메일에서 다시 열거나 새 링크를 요청해 주세요."],
    closed: ["지금은 사용할 수 없습니다", "현재 이곳에서는 링크를 열 수 없습니다."],
    offline: ["연결되지 않았습니다", "아무것도 결정되지 않았습니다. 다시 시도해 주세요."],
    broken: ["문제가 생겼습니다", "결정이 전달되었는지 확실하지 않습니다. 다시 시도해 주세요. 한 번만 반영됩니다."],
  },
};

const $ = (selector) => document.querySelector(selector);
const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
let language = asked.toLowerCase().startsWith("ko") ? "ko" : "en";
let draw = () => {}; // what is on the page now, in whatever language
let repeat = read;

const say = (key, places = {}) => WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => places[name] ?? "");
const when = (instant) =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));

/** {status, answer}; status 0 when nothing came back. Neither cookies nor this page's address go along. */
async function post(path, body) {
  try {
    const reply = await fetch(path, {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
      credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
    });
    return { status: reply.status, answer: await reply.json() };
  } catch {
    return { status: 0, answer: {} };
  }
}

const token = () => location.hash.slice(1);

async function read() {
  tell("loading");
  const link = token();
  const { status, answer } = link ? await post("/api/approval/read", { token: link }) : { status: 404 };
  if (link !== token()) return; // another link was opened meanwhile: nobody decides about it below this one's text
  if (status === 200 && answer.state === "open") return ask(answer);
  if (status === 200) return explain(answer);
  refuse(status, answer, read, "offline");
}

async function decide(decision) {
  const note = $("[name=note]").value.trim();
  const link = token();
  const { status, answer } = await post("/api/approval/decide", { token: link, decision, note: note || null });
  if (link !== token()) return;
  if (status === 200) return tell(answer.outcome);
  if (status === 409) return read(); // used, expired or void meanwhile: the link itself tells
  // Whether it has arrived is not known: the same decision again counts once.
  refuse(status, answer, () => decide(decision), "broken");
}

function refuse(status, answer, again, otherwise) {
  const isClosed = answer?.error?.code === "not_configured";
  if (status === 404 || status === 422) tell("unknown");
  else tell(isClosed ? "closed" : otherwise, again);
}

function explain({ state, decision }) {
  if (state !== "used") return tell(state);
  tell(decision === "approve" ? "usedToApprove" : "usedToReject");
}

/** Say one thing and show nothing else. `again`: what a button repeats. */
function tell(key, again = null) {
  repeat = again;
  draw = () => {
    const [heading, words] = WORDS[language][key];
    $("#message h2").textContent = heading;
    $("#message p").textContent = words;
    $("#message").dataset.is = key;
    $("#again").hidden = !again;
    $("#message").hidden = false;
    $("#decision").hidden = true;
  };
  redraw();
  if (key !== "loading") $("#message").focus();
}

function ask({ expiresAt, content }) {
  draw = () => {
    $("#deadline").hidden = !content.approveBy;
    if (content.approveBy) $("#deadline").textContent = say(content.onDeadline, { when: when(content.approveBy) });
    $("#text").replaceChildren(...parts(content));
    $("#counted").hidden = !content.segments;
    $("#counted").textContent = say("counted", { n: content.segments?.length });
    $("#expires").textContent = say("expires", { when: when(expiresAt) });
    $("#message").hidden = true;
    $("#decision").hidden = false;
  };
  redraw();
}

/** As text, whatever it holds: nothing in it can be pressed, run or loaded. */
function parts({ title, segments, body }) {
  const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  return [...(title ? [made("h3", title)] : []), ...(segments ?? [body]).map((text) => made("pre", text))];
}

function redraw() {
  document.documentElement.lang = language;
  $("#language").textContent = say("other");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  draw();
}

async function busy(work) {
  const buttons = document.querySelectorAll("main button");
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

$("#language").addEventListener("click", () => {
  language = language === "ko" ? "en" : "ko";
  redraw();
});
$("#again").addEventListener("click", () => busy(repeat));
$("#form").addEventListener("submit", (event) => {
  event.preventDefault();
  busy(() => decide(event.submitter.value));
});
addEventListener("hashchange", read);
read();
